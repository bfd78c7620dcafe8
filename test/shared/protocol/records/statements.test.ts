import { expect } from 'chai';
import { createSigner } from '../../../../shared/platform/keys.ts';
import { decode, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../../../shared/protocol/encoding/fields.ts';
import type { RecordCodec } from '../../../../shared/protocol/records/codec.ts';
import { type SignedRecord, signRecord } from '../../../../shared/protocol/records/record.ts';
import {
  type AllocationStatement,
  allocationRecord,
  type NodeStatement,
  nodeRecord,
  type PlantStatement,
  plantRecord,
  type ReceiptStatement,
  receiptRecord,
  type SupernodeStatement,
  supernodeRecord,
} from '../../../../shared/protocol/records/statements.ts';
import { expectNoCrash, expectRefusal, hostileVariants } from '../../../helpers/hostile-messages.ts';
import { ANY, expectLimits, expectPayloadLimits } from '../../../helpers/message-limits.ts';

const NOW = 1_800_000_000_000;
const HASH = 'aaaaaaaaaaaaaaaaaaaa';
const INFO_HASH = '61'.repeat(20);
const signer = createSigner(Buffer.alloc(32, 1));

const node: NodeStatement = {
  urls: ['http://192.0.2.1:6969', 'https://tracker.example'],
  udpPort: 6969,
  state: 'open',
  weight: 100,
  software: 'anatomic 0.1.0',
  seq: NOW,
  ttlSeconds: 60,
};
const supernode: SupernodeStatement = {
  urls: ['http://192.0.2.2:6970'],
  state: 'draining',
  software: '',
  seq: NOW,
  ttlSeconds: 60,
};
const plant: PlantStatement = { infoHash: INFO_HASH, copies: 0, seq: NOW, ttlSeconds: 60 };
const hybrid: PlantStatement = { ...plant, copies: 5, infoHashV2: '62'.repeat(32), twin: '63'.repeat(20) };
const receipt: ReceiptStatement = {
  infoHash: INFO_HASH,
  epoch: '64'.repeat(8),
  change: 7,
  seq: NOW,
  ttlSeconds: 60,
};
const allocation: AllocationStatement = {
  infoHash: INFO_HASH,
  copies: 1,
  nodes: ['65'.repeat(32), '66'.repeat(32)],
  expiresAt: NOW,
};

function payloadText(record: SignedRecord): string {
  return Buffer.from(record.payload).toString('latin1');
}

function expectRoundTrip<T>(codec: RecordCodec<T>, value: T, payload: string): void {
  const record = codec.sign(value, signer);
  expect(payloadText(record)).to.equal(payload);
  const opened = codec.open(record.bytes, NOW);
  expect(opened.value).to.deep.equal(value);
  expect(opened.record.author).to.equal(signer.id);
  expect(codec.read(opened.record, NOW)).to.deep.equal(value);
}

/** Signs each bad payload, so that the reader behind the signature meets it. */
function expectSafe<T>(codec: RecordCodec<T>, value: T): void {
  const { record } = codec.open(codec.sign(value, signer).bytes, NOW);
  expectNoCrash((payload) => codec.read({ ...record, payload }, NOW), hostileVariants(record.payload));
}

describe('shared/protocol/records/statements.ts', () => {
  it('writes and reads a node record', () => {
    const urls = '21:http://192.0.2.1:696923:https://tracker.example';
    expectRoundTrip(
      nodeRecord,
      node,
      `d3:seqi${NOW}e8:software14:anatomic 0.1.05:state4:open3:ttli60e8:udp_porti6969e4:urlsl${urls}e6:weighti100ee`,
    );
  });

  it('writes and reads a supernode record', () => {
    const urls = '21:http://192.0.2.2:6970';
    expectRoundTrip(supernodeRecord, supernode, `d3:seqi${NOW}e8:software0:5:state8:draining3:ttli60e4:urlsl${urls}ee`);
  });

  it('writes and reads a plant record, of a hybrid torrent too', () => {
    expectRoundTrip(plantRecord, plant, `d6:copiesi0e9:info_hash20:${HASH}3:seqi${NOW}e3:ttli60ee`);
    const v2 = `12:info_hash_v232:${'b'.repeat(32)}`;
    const twin = `4:twin20:${'c'.repeat(20)}`;
    expectRoundTrip(plantRecord, hybrid, `d6:copiesi5e9:info_hash20:${HASH}${v2}3:seqi${NOW}e3:ttli60e${twin}e`);
  });

  it('writes and reads a receipt', () => {
    const fields = `6:changei7e5:epoch8:dddddddd9:info_hash20:${HASH}`;
    expectRoundTrip(receiptRecord, receipt, `d${fields}3:seqi${NOW}e3:ttli60ee`);
  });

  it('writes and reads an allocation', () => {
    const ids = `${'e'.repeat(32)}${'f'.repeat(32)}`;
    expectRoundTrip(
      allocationRecord,
      allocation,
      `d6:copiesi1e10:expires_ati${NOW}e9:info_hash20:${HASH}5:nodes64:${ids}e`,
    );
  });

  it('ignores members that it does not know', () => {
    const { bytes } = signRecord('supernode', { ...readable(supernode), zone: 'eu' }, signer);
    expect(supernodeRecord.open(bytes, NOW).value).to.deep.equal(supernode);
  });

  it('refuses values out of bounds', () => {
    const lasting = { ttl: [1, 366 * 86_400] } as const;
    const { record: operatorless } = nodeRecord.open(nodeRecord.sign(node, signer).bytes, NOW);
    const operator = Buffer.from('67'.repeat(32), 'hex');
    const payload = encode({
      ...readDictionary(decode(operatorless.payload), 'node'),
      operator,
      operator_signature: Buffer.alloc(64),
    });
    expectLimits((bytes) => nodeRecord.read({ ...operatorless, payload: bytes }, NOW), payload, {
      ...lasting,
      urls: [1, 3],
      weight: [1, 1000],
      udp_port: [0, 65_535],
      software: [0, 64],
      operator: [32, 32],
      operator_signature: [64, 64],
    });
    expectPayloadLimits(supernodeRecord, supernode, NOW, { ...lasting, urls: [1, 3], software: [0, 64] });
    expectPayloadLimits(plantRecord, hybrid, NOW, {
      ...lasting,
      copies: [0, 5],
      info_hash: [20, 20],
      info_hash_v2: [32, 32],
      twin: [20, 20],
    });
    expectPayloadLimits(receiptRecord, receipt, NOW, { ...lasting, info_hash: [20, 20], epoch: [8, 8], change: ANY });
    expectPayloadLimits(allocationRecord, allocation, NOW, {
      info_hash: [20, 20],
      copies: [1, 5],
      nodes: [0, 7, 32],
      expires_at: ANY,
    });
    const page = nodeRecord.sign({ ...node, urls: ['http://a/announce'] }, signer);
    expectRefusal(() => nodeRecord.open(page.bytes, NOW), 'bencoding');
  });

  it('refuses a record of another type', () => {
    expectRefusal(() => nodeRecord.open(supernodeRecord.sign(supernode, signer).bytes, NOW), 'record');
  });

  it('refuses a payload of another spelling, although its signature holds', () => {
    const payload = Buffer.from(payloadText(plantRecord.sign(plant, signer)).replace('i0e', 'i00e'), 'latin1');
    const { record } = plantRecord.open(plantRecord.sign(plant, signer).bytes, NOW);
    expectRefusal(() => plantRecord.read({ ...record, payload }, NOW), 'bencoding');
  });

  it('never crashes on a payload that is cut or of other kinds of value', () => {
    expectSafe(nodeRecord, node);
    expectSafe(supernodeRecord, supernode);
    expectSafe(plantRecord, hybrid);
    expectSafe(receiptRecord, receipt);
    expectSafe(allocationRecord, allocation);
  });
});

function readable({ urls, state, software, seq, ttlSeconds }: SupernodeStatement) {
  return { urls, state, software, seq, ttl: ttlSeconds };
}
