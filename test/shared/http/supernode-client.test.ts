import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { createGuard } from '../../../shared/http/guard.ts';
import { SupernodeClient } from '../../../shared/http/supernode-client.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import {
  allocateAnswer,
  changesAnswer,
  directoryPage,
  joinAnswer,
  joinCall,
  lookupAnswer,
  MAX_LOOKUP_HASHES,
  registerAnswer,
  registerCall,
} from '../../../shared/protocol/messages/directory-messages.ts';
import { pongRecord } from '../../../shared/protocol/messages/node-messages.ts';
import { openCall, sealAnswer } from '../../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../../shared/protocol/records/nonce-memory.ts';
import type { Signer } from '../../../shared/protocol/records/record.ts';
import { allocationRecord, nodeRecord, supernodeRecord } from '../../../shared/protocol/records/statements.ts';
import { type LoopbackServer, startLoopbackServer } from '../../helpers/loopback-server.ts';

const NOW = 1_800_000_000_000;
const HASH = '61'.repeat(20);
const RECORD = Buffer.from('R');
const caller = createSigner(Buffer.alloc(32, 1));
const supernode = createSigner(Buffer.alloc(32, 2));
const nodeA = createSigner(Buffer.alloc(32, 3));
const nodeB = createSigner(Buffer.alloc(32, 4));
const service = { urls: ['http://192.0.2.1:1'], state: 'open', software: '', seq: NOW, ttlSeconds: 60 } as const;

function nodeBytes(signer: Signer): Uint8Array {
  return nodeRecord.sign({ ...service, udpPort: 0, weight: 1 }, signer).bytes;
}

describe('shared/http/supernode-client.ts', () => {
  let server: LoopbackServer;
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const client = new SupernodeClient({ guard, signer: caller, clock: { now: () => NOW }, random: seededRandom(1) });

  beforeEach(async () => {
    server = await startLoopbackServer(() => Buffer.from('de'));
  });
  afterEach(() => server[Symbol.asyncDispose]());
  after(() => guard.close());

  const asked = () => server.questions.map(({ method, url }) => `${method} ${url}`);

  /** Expects a call to `path` and answers it; gives the bodies that arrive. */
  const answerCalls = (path: string, answer: Uint8Array): Uint8Array[] => {
    const bodies: Uint8Array[] = [];
    const nonces = new NonceMemory();
    server.reply = ({ body }) => {
      const call = openCall(body, { self: supernode.id, path, now: NOW, nonces });
      bodies.push(call.body);
      return sealAnswer({ to: call.author, nonce: call.nonce, at: NOW, body: answer }, supernode);
    };
    return bodies;
  };

  it('pings supernodes', async () => {
    server.reply = ({ url }) => {
      const challenge = url.slice('/v2/ping?challenge='.length);
      const record = supernodeRecord.sign(service, supernode).bytes;
      return pongRecord.sign({ challenge, record, load: 0, uptimeSeconds: 1 }, supernode).bytes;
    };
    expect((await client.ping(server.url, supernode.id)).statement).to.deep.equal(service);
  });

  it('joins', async () => {
    const answer = { status: 'wait', retrySeconds: 5, supernodes: [RECORD] } as const;
    const bodies = answerCalls('/v2/join', joinAnswer.write(answer));
    expect(await client.join(server.url, supernode.id, { record: RECORD })).to.deep.equal(answer);
    expect(asked()).to.deep.equal(['POST /v2/join']);
    expect(joinCall.read(bodies[0]!)).to.deep.equal({ record: RECORD });
  });

  it('registers what was planted', async () => {
    const answer = { items: [{ infoHash: HASH, status: 'planted' }] } as const;
    const bodies = answerCalls('/v2/plant', registerAnswer.write(answer));
    const call = { plants: [RECORD], receipts: [RECORD, RECORD] };
    expect(await client.register(server.url, supernode.id, call)).to.deep.equal(answer);
    expect(asked()).to.deep.equal(['POST /v2/plant']);
    expect(registerCall.read(bodies[0]!)).to.deep.equal(call);
  });

  it('looks several torrents up at once', async () => {
    const answer = { items: [{ infoHash: HASH, carriers: [], plants: [] }], nodes: [RECORD] };
    server.reply = () => lookupAnswer.write(answer);
    expect(await client.lookup(server.url, [HASH, '62'.repeat(20)])).to.deep.equal(answer);
    expect(asked()).to.deep.equal([`GET /v2/lookup?info_hash=${HASH}&info_hash=${'62'.repeat(20)}`]);
  });

  it('looks up as many torrents as one URL may name', async () => {
    const hashes = Array.from({ length: MAX_LOOKUP_HASHES }, (_, index) => index.toString(16).padStart(40, '0'));
    const items = hashes.map((infoHash) => ({ infoHash, carriers: [], plants: [] }));
    server.reply = () => lookupAnswer.write({ items, nodes: [] });
    expect((await client.lookup(server.url, hashes)).items).to.deep.equal(items);
    expect(server.questions[0]?.url).to.have.length.below(2000);
  });

  describe('allocate', () => {
    const allocate = () => client.allocate(server.url, supernode.id, { infoHash: HASH, copies: 2 });
    const answerWith = (signer: Signer, infoHash: string, nodes: Uint8Array[]) => {
      const statement = { infoHash, copies: 2, nodes: [nodeB.id, nodeA.id], expiresAt: NOW + 1 };
      server.reply = () => allocateAnswer.write({ allocation: allocationRecord.sign(statement, signer).bytes, nodes });
    };

    it('gives the verified allocation, and its nodes in its order', async () => {
      answerWith(supernode, HASH, [nodeBytes(caller), nodeBytes(nodeA), nodeBytes(nodeB)]);
      const { allocation, nodes } = await allocate();
      expect(allocation.value.nodes).to.deep.equal([nodeB.id, nodeA.id]);
      expect(nodes.map(({ record }) => record.author)).to.deep.equal([nodeB.id, nodeA.id]);
      expect(asked()).to.deep.equal([`GET /v2/allocate?info_hash=${HASH}&copies=2`]);
    });

    it('leaves out nodes whose record does not hold', async () => {
      const broken = Buffer.from(nodeBytes(nodeB));
      broken[broken.length - 20]! ^= 1;
      answerWith(supernode, HASH, [broken, RECORD, nodeBytes(nodeA)]);
      expect((await allocate()).nodes.map(({ record }) => record.author)).to.deep.equal([nodeA.id]);
    });

    it('refuses an allocation of somebody else or for another torrent', async () => {
      for (const [signer, infoHash] of [
        [nodeA, HASH],
        [supernode, '62'.repeat(20)],
      ] as const) {
        answerWith(signer, infoHash, []);
        await allocate().then(
          () => expect.fail('took it'),
          (error: unknown) => expect(error).to.be.instanceOf(PublicError).with.property('code', 'answer'),
        );
      }
    });
  });

  describe('changes', () => {
    const answer = { feed: '61'.repeat(8), next: 2, isReset: false, records: [RECORD] };

    it('asks for the next page of a feed, at first without knowing which', async () => {
      server.reply = () => changesAnswer.write(answer);
      expect(await client.changes(server.url, { since: 0, waitSeconds: 0 })).to.deep.equal(answer);
      await client.changes(server.url, { feed: answer.feed, since: 2, waitSeconds: 30 });
      expect(asked()).to.deep.equal([
        'GET /v2/changes?since=0&wait=0',
        `GET /v2/changes?feed=${answer.feed}&since=2&wait=30`,
      ]);
    });

    it('ends at once when its signal is aborted while it waits', async () => {
      const controller = new AbortController();
      server.reply = () => {
        controller.abort(new Error('stopping'));
        return new Promise(() => undefined);
      };
      await client.changes(server.url, { since: 0, waitSeconds: 30 }, controller.signal).then(
        () => expect.fail('answered'),
        (error: unknown) => expect(error).to.equal(controller.signal.reason),
      );
    });
  });

  it('pages through nodes and supernodes', async () => {
    server.reply = () => directoryPage.write({ records: [RECORD], next: 'a b' });
    const { next } = await client.nodes(server.url);
    await client.nodes(server.url, next);
    await client.supernodes(server.url, next);
    expect(asked()).to.deep.equal(['GET /v2/nodes', 'GET /v2/nodes?cursor=a%20b', 'GET /v2/supernodes?cursor=a%20b']);
  });
});
