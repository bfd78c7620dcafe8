import { expect } from 'chai';
import { createSigner } from '../../../../shared/platform/keys.ts';
import {
  type CatalogueDelta,
  catalogueRecord,
  MAX_CATALOGUE_HASHES,
  type PlantAnswer,
  type PlantCall,
  type Pong,
  plantAnswer,
  plantCall,
  pongRecord,
} from '../../../../shared/protocol/messages/node-messages.ts';
import type { RecordCodec } from '../../../../shared/protocol/records/codec.ts';
import { expectMessage, expectNoCrash, expectRefusal, hostileVariants } from '../../../helpers/hostile-messages.ts';
import { ANY, expectLimits, expectPayloadLimits } from '../../../helpers/message-limits.ts';

const signer = createSigner(Buffer.alloc(32, 1));
const RECORD = Buffer.from('R');

const head = { epoch: '61'.repeat(8), change: 9, count: 2, root: '62'.repeat(32) };
const HEAD = `d6:changei9e5:counti2e5:epoch8:aaaaaaaa4:root32:${'b'.repeat(32)}e`;
const pong: Pong = { challenge: '63'.repeat(16), record: RECORD, catalogue: head, load: 100, uptimeSeconds: 5 };
const delta: CatalogueDelta = {
  head,
  isReset: true,
  added: ['64'.repeat(20), '65'.repeat(20)],
  removed: [],
  next: 8,
  isLast: false,
};
const call: PlantCall = { plants: [RECORD], allocations: [RECORD, RECORD], carriers: [] };
const answer: PlantAnswer = {
  items: [
    { infoHash: '64'.repeat(20), status: 'planted', receipt: RECORD },
    { infoHash: '65'.repeat(20), status: 'refused', code: 'full' },
  ],
};

function expectRecord<T>(codec: RecordCodec<T>, value: T, payload: string): void {
  const record = codec.sign(value, signer);
  expect(Buffer.from(record.payload).toString('latin1')).to.equal(payload);
  expect(codec.open(record.bytes, 0).value).to.deep.equal(value);
  expectNoCrash((bytes) => codec.read({ ...record, payload: bytes }, 0), hostileVariants(record.payload));
}

describe('shared/protocol/messages/node-messages.ts', () => {
  it('writes and reads a pong, with a catalogue (node) and without (supernode)', () => {
    const challenge = `9:challenge16:${'c'.repeat(16)}`;
    expectRecord(pongRecord, pong, `d9:catalogue${HEAD}${challenge}4:loadi100e6:record1:R6:uptimei5ee`);
    const { catalogue: _, ...ofSupernode } = pong;
    expectRecord(pongRecord, ofSupernode, `d${challenge}4:loadi100e6:record1:R6:uptimei5ee`);
  });

  it('writes and reads a page of catalogue changes', () => {
    const added = `5:added40:${'d'.repeat(20)}${'e'.repeat(20)}`;
    expectRecord(catalogueRecord, delta, `d${added}4:head${HEAD}4:lasti0e4:nexti8e7:removed0:5:reseti1ee`);
  });

  it('signs a full page of a catalogue, and refuses a fuller one', () => {
    const full = { ...delta, added: Array(MAX_CATALOGUE_HASHES).fill('64'.repeat(20)) };
    expect(catalogueRecord.open(catalogueRecord.sign(full, signer).bytes, 0).value).to.deep.equal(full);
    const fuller = { ...delta, added: [...full.added, '65'.repeat(20)] };
    expectRefusal(() => catalogueRecord.open(catalogueRecord.sign(fuller, signer).bytes, 0), 'bencoding');
  });

  it('keeps the limits of a pong and of a page', () => {
    const head = { change: ANY, count: ANY, epoch: [8, 8], root: [32, 32] } as const;
    const below = (key: string) =>
      Object.fromEntries(Object.entries(head).map(([name, limits]) => [`${key}.${name}`, limits]));
    expectPayloadLimits(pongRecord, pong, 0, {
      ...below('catalogue'),
      challenge: [16, 16],
      record: [1, 2048],
      load: [0, 100],
      uptime: ANY,
    });
    expectPayloadLimits(catalogueRecord, delta, 0, {
      ...below('head'),
      reset: [0, 1],
      added: [0, 4000, 20],
      removed: [0, 4000, 20],
      next: ANY,
      last: [0, 1],
    });
  });

  it('writes and reads a plant call', () => {
    expectMessage(plantCall, call, 'd11:allocationsl1:R1:Re8:carriersle6:plantsl1:Ree');
    const full = { plants: [RECORD], allocations: [RECORD], carriers: [RECORD] };
    expectLimits(plantCall.read, plantCall.write(full), {
      plants: [0, 50],
      allocations: [0, 50],
      carriers: [0, 64],
      'plants.0': [1, 2048],
      'allocations.0': [1, 2048],
      'carriers.0': [1, 2048],
    });
  });

  it('writes and reads a plant answer', () => {
    const planted = `d9:info_hash20:${'d'.repeat(20)}7:receipt1:R6:status7:plantede`;
    const refused = `d4:code4:full9:info_hash20:${'e'.repeat(20)}6:status7:refusede`;
    expectMessage(plantAnswer, answer, `d5:itemsl${planted}${refused}ee`);
    expectLimits(plantAnswer.read, plantAnswer.write(answer), {
      items: [0, 50],
      'items.0.info_hash': [20, 20],
      'items.0.receipt': [1, 2048],
      'items.1.code': [0, 32],
    });
  });
});
