import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { Caller } from '../../../shared/http/caller.ts';
import { createGuard } from '../../../shared/http/guard.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { MESSAGE_LIMITS } from '../../../shared/protocol/encoding/bencoding.ts';
import { joinAnswer } from '../../../shared/protocol/messages/directory-messages.ts';
import { writeFailure } from '../../../shared/protocol/messages/failure-message.ts';
import { type Pong, pongRecord } from '../../../shared/protocol/messages/node-messages.ts';
import { type OpenedCall, openCall, sealAnswer } from '../../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../../shared/protocol/records/nonce-memory.ts';
import { nodeRecord } from '../../../shared/protocol/records/statements.ts';
import { type LoopbackServer, type Question, startLoopbackServer } from '../../helpers/loopback-server.ts';

const NOW = 1_800_000_000_000;
const CALL = { path: '/v2/join', message: Buffer.from('d1:ai1ee') };
const JOIN_ANSWER = { status: 'accepted', retrySeconds: 60, supernodes: [] } as const;
const signer = createSigner(Buffer.alloc(32, 1));
const receiver = createSigner(Buffer.alloc(32, 2));
const stranger = createSigner(Buffer.alloc(32, 3));
const statement = {
  urls: ['http://192.0.2.1:6969'],
  udpPort: 0,
  state: 'open',
  weight: 100,
  software: 'test',
  seq: NOW,
  ttlSeconds: 60,
} as const;

/** What the promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<PublicError> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).to.be.instanceOf(PublicError);
  return failure as PublicError;
}

function pongTo({ url }: Question, changes: Partial<Pong> = {}): Uint8Array {
  const challenge = /^\/v2\/ping\?challenge=([0-9a-f]{32})$/.exec(url)![1]!;
  const record = nodeRecord.sign(statement, receiver).bytes;
  return pongRecord.sign({ challenge, record, load: 0, uptimeSeconds: 1, ...changes }, receiver).bytes;
}

describe('shared/http/caller.ts', () => {
  let server: LoopbackServer;
  let now: number;
  let caller: Caller;
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });

  beforeEach(async () => {
    now = NOW;
    caller = new Caller({ guard, signer, clock: { now: () => now }, random: seededRandom(1) });
    server = await startLoopbackServer(() => Buffer.from('de'));
  });
  afterEach(() => server[Symbol.asyncDispose]());
  after(() => guard.close());

  describe('ping', () => {
    it('gives the id, the pong and the record of the one who answers', async () => {
      server.reply = pongTo;
      const ping = await caller.ping(server.url, nodeRecord, receiver.id);
      expect(ping.id).to.equal(receiver.id);
      expect(ping.statement).to.deep.equal(statement);
      expect(ping.record.author).to.equal(receiver.id);
      expect(ping.pong).to.include({ load: 0, uptimeSeconds: 1 });
    });

    it('takes whoever answers when nobody is expected, and refuses others when somebody is', async () => {
      server.reply = pongTo;
      expect((await caller.ping(server.url, nodeRecord)).id).to.equal(receiver.id);
      const failure = await failureOf(caller.ping(server.url, nodeRecord, stranger.id));
      expect(failure).to.include({ code: 'answer', status: 502 });
      expect(failure.message).to.contain(`${server.url} gave an answer that cannot be used`);
      expect(failure.message).to.contain(`signed by ${receiver.id}, not by ${stranger.id}`);
    });

    it('asks with a new challenge each time, and refuses a pong to another one', async () => {
      server.reply = pongTo;
      await caller.ping(server.url, nodeRecord);
      await caller.ping(server.url, nodeRecord);
      expect(new Set(server.questions.map(({ url }) => url)).size).to.equal(2);
      server.reply = (question) => pongTo(question, { challenge: '00'.repeat(16) });
      expect((await failureOf(caller.ping(server.url, nodeRecord))).message).to.contain('another challenge');
    });

    it('refuses a pong around the record of somebody else', async () => {
      server.reply = (question) => pongTo(question, { record: nodeRecord.sign(statement, stranger).bytes });
      expect((await failureOf(caller.ping(server.url, nodeRecord))).code).to.equal('answer');
    });

    it('refuses a pong whose signature does not hold', async () => {
      server.reply = (question) => {
        const bytes = Buffer.from(pongTo(question));
        bytes[bytes.indexOf('6:uptimei1e') + 9]! += 1;
        return bytes;
      };
      expect((await failureOf(caller.ping(server.url, nodeRecord))).message).to.contain('signature');
    });
  });

  describe('post', () => {
    /** Answers like a receiver whose clock shows `time`. */
    const receive = (time: () => number, see: (call: OpenedCall) => void = () => undefined) => {
      const nonces = new NonceMemory();
      return ({ body }: Question) => {
        try {
          const call = openCall(body, { self: receiver.id, path: CALL.path, now: time(), nonces });
          see(call);
          const answer = { to: call.author, nonce: call.nonce, at: time(), body: joinAnswer.write(JOIN_ANSWER) };
          return sealAnswer(answer, receiver);
        } catch (error) {
          return { status: 400, body: writeFailure(error as PublicError) };
        }
      };
    };
    const post = () => caller.post(server.url, { to: receiver.id, ...CALL }, joinAnswer);

    it('seals the message for its receiver and reads the answer', async () => {
      const calls: OpenedCall[] = [];
      server.reply = receive(
        () => NOW,
        (call) => calls.push(call),
      );
      expect(await post()).to.deep.equal(JOIN_ANSWER);
      expect(server.questions[0]).to.include({
        method: 'POST',
        url: '/v2/join',
        contentType: 'application/x-bencode',
      });
      expect(calls.map(({ author, body }) => [author, Buffer.from(body).toString()])).to.deep.equal([
        [signer.id, 'd1:ai1ee'],
      ]);
    });

    it("calls once more by the receiver's clock, and remembers the difference", async () => {
      server.reply = receive(() => now - 3_600_000);
      expect(await post()).to.deep.equal(JOIN_ANSWER);
      expect(server.questions).to.have.length(2);
      now += 1000;
      expect(await post()).to.deep.equal(JOIN_ANSWER);
      expect(server.questions).to.have.length(3);
    });

    it('gives up when the clock is refused twice', async () => {
      let time = NOW;
      server.reply = receive(() => (time += 3_600_000));
      expect((await failureOf(post())).code).to.equal('clock');
      expect(server.questions).to.have.length(2);
    });

    it('refuses an answer of somebody else, of another call, or that is none', async () => {
      const body = joinAnswer.write(JOIN_ANSWER);
      const other = { to: signer.id, nonce: '00'.repeat(16), at: NOW, body };
      const answers = [sealAnswer(other, receiver), sealAnswer(other, stranger), body, Buffer.from('<html>')];
      for (const answer of answers) {
        server.reply = () => answer;
        expect((await failureOf(post())).code).to.equal('answer');
      }
    });
  });

  describe('every call', () => {
    const get = () => caller.get(server.url, '/v2/any', joinAnswer);

    it('throws what the other side refuses with', async () => {
      const refusal = new PublicError('busy', 'too many', { status: 429, retrySeconds: 5 });
      server.reply = () => ({ status: 429, body: writeFailure(refusal) });
      expect(await failureOf(get())).to.include({
        code: 'busy',
        message: 'too many',
        status: 429,
        retrySeconds: 5,
      });
    });

    it('names the server and the status when the refusal cannot be read', async () => {
      for (const status of [201, 302, 404, 500]) {
        server.reply = () => ({ status, body: Buffer.from('<html>') });
        const failure = await failureOf(get());
        expect(failure).to.include({ code: 'answer', message: `${server.url} answered with HTTP status ${status}` });
      }
    });

    it('tells an answer that is too large', async () => {
      server.reply = () => Buffer.alloc(MESSAGE_LIMITS.maxBytes + 1);
      const failure = await failureOf(get());
      expect(failure).to.include({ code: 'answer', message: `${server.url} gave an answer that is too large` });
    });

    it('tells a server that is not there', async () => {
      await server[Symbol.asyncDispose]();
      const failure = await failureOf(get());
      expect(failure).to.include({ code: 'unreachable', message: `${server.url} does not answer`, status: 502 });
      server = await startLoopbackServer(() => Buffer.from('de'));
    });

    it('passes on that an address may not be called, and calls only base URLs', async () => {
      const strict = createGuard({ allowNetworks: [], configuredUrls: [] });
      const careful = new Caller({ guard: strict, signer, clock: { now: () => NOW }, random: seededRandom(1) });
      expect((await failureOf(careful.get(server.url, '/', joinAnswer))).code).to.equal('address');
      await strict.close();
      const elsewhere = caller.get(`${server.url}/a?b=`, '/v2/any', joinAnswer);
      expect((await failureOf(elsewhere)).code).to.equal('url');
      expect(server.questions).to.have.length(0);
    });

    it('ends with the reason of its signal', async () => {
      const controller = new AbortController();
      server.reply = () => {
        controller.abort(new Error('stopping'));
        return new Promise(() => undefined);
      };
      const call = caller.get(server.url, '/v2/any', joinAnswer, { signal: controller.signal });
      await call.then(
        () => expect.fail('answered'),
        (error: unknown) => expect(error).to.equal(controller.signal.reason),
      );
    });

    it('gives up after its own time limit', async () => {
      server.reply = () => new Promise(() => undefined);
      const failure = await failureOf(caller.get(server.url, '/v2/any', joinAnswer, { timeoutMs: 20 }));
      expect(failure.code).to.equal('unreachable');
    });
  });
});
