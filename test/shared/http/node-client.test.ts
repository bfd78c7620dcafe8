import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { createGuard } from '../../../shared/http/guard.ts';
import { NodeClient } from '../../../shared/http/node-client.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import {
  type CatalogueDelta,
  catalogueRecord,
  type PlantAnswer,
  plantAnswer,
  plantCall,
  pongRecord,
} from '../../../shared/protocol/messages/node-messages.ts';
import { openCall, sealAnswer } from '../../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../../shared/protocol/records/nonce-memory.ts';
import { nodeRecord, supernodeRecord } from '../../../shared/protocol/records/statements.ts';
import { type LoopbackServer, startLoopbackServer } from '../../helpers/loopback-server.ts';

const NOW = 1_800_000_000_000;
const planter = createSigner(Buffer.alloc(32, 1));
const node = createSigner(Buffer.alloc(32, 2));
const service = { urls: ['http://192.0.2.1:1'], state: 'open', software: '', seq: NOW, ttlSeconds: 60 } as const;

describe('shared/http/node-client.ts', () => {
  let server: LoopbackServer;
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const clock = { now: () => NOW };
  const client = new NodeClient({ guard, signer: planter, clock, random: seededRandom(1) });

  beforeEach(async () => {
    server = await startLoopbackServer(() => Buffer.from('de'));
  });
  afterEach(() => server[Symbol.asyncDispose]());
  after(() => guard.close());

  it('pings nodes and nobody else', async () => {
    const pongAround = (record: Uint8Array) => {
      server.reply = ({ url }) => {
        const challenge = url.slice('/v2/ping?challenge='.length);
        return pongRecord.sign({ challenge, record, load: 7, uptimeSeconds: 1 }, node).bytes;
      };
    };
    pongAround(nodeRecord.sign({ ...service, udpPort: 9, weight: 1 }, node).bytes);
    const ping = await client.ping(server.url, node.id);
    expect(ping.statement.udpPort).to.equal(9);
    expect(ping.pong.load).to.equal(7);
    pongAround(supernodeRecord.sign(service, node).bytes);
    await client.ping(server.url).then(
      () => expect.fail('took a supernode for a node'),
      (error: unknown) => expect(error).to.be.instanceOf(PublicError).with.property('code', 'answer'),
    );
  });

  it('plants', async () => {
    const call = { plants: [Buffer.from('P')], allocations: [Buffer.from('A')], carriers: [Buffer.from('N')] };
    const answer: PlantAnswer = { items: [{ infoHash: '61'.repeat(20), status: 'known' }] };
    const nonces = new NonceMemory();
    server.reply = ({ body }) => {
      const opened = openCall(body, { self: node.id, path: '/v2/plant', now: NOW, nonces });
      expect(plantCall.read(opened.body)).to.deep.equal(call);
      return sealAnswer({ to: opened.author, nonce: opened.nonce, at: NOW, body: plantAnswer.write(answer) }, node);
    };
    expect(await client.plant(server.url, node.id, call)).to.deep.equal(answer);
    expect(server.questions.map(({ method, url }) => `${method} ${url}`)).to.deep.equal(['POST /v2/plant']);
  });

  it('asks for the catalogue since a change of an epoch, and believes the node alone', async () => {
    const epoch = '62'.repeat(8);
    const head = { epoch, change: 3, count: 1, root: '63'.repeat(32) };
    const delta: CatalogueDelta = {
      head,
      isReset: false,
      added: ['61'.repeat(20)],
      removed: [],
      next: 3,
      isLast: true,
    };
    server.reply = () => catalogueRecord.sign(delta, node).bytes;
    expect(await client.catalogue(server.url, node.id, { epoch, since: 2 })).to.deep.equal(delta);
    expect(server.questions[0]?.url).to.equal(`/v2/catalogue?epoch=${epoch}&since=2`);
    await client.catalogue(server.url, planter.id, { epoch, since: 2 }).then(
      () => expect.fail('believed somebody else'),
      (error: unknown) => expect(error).to.be.instanceOf(PublicError).with.property('code', 'answer'),
    );
  });
});
