import { expect } from 'chai';
import type { TrackerClient } from '../../../client/tracker/tracker-client.ts';
import { type ScriptedTracker, startUdpTracker, udpReply } from '../../helpers/scripted-trackers.ts';
import { CALL, failureOf, openClient } from './call.ts';

const ANNOUNCE = [1800, 1, 0];

/** What a good tracker says. */
function answer(question: Buffer): Buffer[] {
  const action = question.readUInt32BE(8);
  if (action === 0) return [udpReply(question, 0, 5, 6)];
  return [udpReply(question, action, ...(action === 1 ? ANNOUNCE : [1, 2, 3]))];
}

function actions({ questions }: ScriptedTracker<Buffer>): number[] {
  return questions.map((question) => question.readUInt32BE(8));
}

describe('client/tracker/udp-tracker.ts', () => {
  let opened: AsyncDisposableStack;

  beforeEach(() => {
    opened = new AsyncDisposableStack();
  });
  afterEach(() => opened.disposeAsync());

  async function script(reply: (question: Buffer) => readonly Uint8Array[]): Promise<ScriptedTracker<Buffer>> {
    return opened.use(await startUdpTracker(reply));
  }
  function open(...options: Parameters<typeof openClient>): TrackerClient {
    return opened.adopt(openClient(...options), (client) => client.close());
  }

  it('connects once, announces and scrapes under the id it got', async () => {
    const tracker = await script(answer);
    const client = open(tracker.url);
    expect(await client.announce(CALL)).to.include({ kind: 'announced', intervalSeconds: 1800, leechers: 1 });
    expect(await client.scrape!([CALL.infoHash])).to.deep.include({
      counts: [{ seeders: 1, downloaded: 2, leechers: 3 }],
    });
    expect(actions(tracker)).to.deep.equal([0, 1, 2]);
    expect(tracker.questions[1]!.toString('hex', 0, 8)).to.equal('0000000500000006');
    expect(tracker.questions[1]!.toString('latin1', 98)).to.equal('\x02\x09/announce');
  });

  it('says so when the machine has no way to the address', async () => {
    // Nobody may send to all machines at once without asking for it.
    const client = open('udp://127.0.0.1:1', { target: { address: '255.255.255.255', family: 4 } });
    const { code, message } = await failureOf(client.announce(CALL));
    expect(code).to.equal('unreachable');
    expect(message).to.match(/^connect (EACCES|ENETUNREACH) /);
  });

  it('connects anew when the id is a minute old (BEP 15), or after a refusal', async () => {
    let now = 0;
    let isRefusing = false;
    const tracker = await script((question) => {
      return isRefusing && question.readUInt32BE(8) !== 0 ? [udpReply(question, 3, 0x6e6f0000)] : answer(question);
    });
    const client = open(tracker.url, { clock: { now: () => now } });
    await client.announce(CALL);
    now = 59_999;
    await client.announce(CALL);
    now = 60_000;
    isRefusing = true;
    expect(await client.announce(CALL)).to.include({ kind: 'refused', reason: 'no' });
    isRefusing = false;
    await client.announce(CALL);
    expect(actions(tracker)).to.deep.equal([0, 1, 1, 0, 1, 0, 1]);
  });

  it('connects anew when the id brought no answer', async () => {
    const tracker = await script((question) => (question.readUInt32BE(8) === 0 ? answer(question) : []));
    const client = open(tracker.url, { timeoutMs: 70 });
    await failureOf(client.announce(CALL));
    tracker.questions.length = 0;
    await failureOf(client.announce(CALL));
    expect(actions(tracker)).to.deep.equal([0, 1, 1, 1]);
  });

  it('tells apart the answers to questions that overlap', async () => {
    const client = open((await script(answer)).url);
    const replies = await Promise.all([client.announce(CALL), client.scrape!([CALL.infoHash]), client.announce(CALL)]);
    expect(replies.map(({ kind }) => kind)).to.deep.equal(['announced', 'scraped', 'announced']);
  });

  it('asks three times, and then calls the tracker silent', async () => {
    const tracker = await script(() => []);
    expect(await failureOf(open(tracker.url, { timeoutMs: 70 }).announce(CALL))).to.deep.equal({
      code: 'silent',
      message: 'no answer to 3 datagrams within 70 ms',
    });
    expect(actions(tracker)).to.deep.equal([0, 0, 0]);
  });

  it('is content with the answer to the last question', async () => {
    let asked = 0;
    const tracker = await script((question) => (++asked % 3 === 0 ? answer(question) : []));
    expect(await open(tracker.url, { timeoutMs: 700 }).announce(CALL)).to.include({ kind: 'announced' });
    expect(actions(tracker)).to.deep.equal([0, 0, 0, 1, 1, 1]);
  });

  it('ignores answers to other questions, and mentions them', async () => {
    const stray = Buffer.alloc(16, 9);
    const mixed = await script((question) => [stray, Buffer.alloc(3), ...answer(question)]);
    expect(await open(mixed.url).announce(CALL)).to.include({ kind: 'announced' });
    const wrong = await script(() => [stray]);
    const { message } = await failureOf(open(wrong.url, { timeoutMs: 70 }).announce(CALL));
    expect(message).to.include('but 3 datagrams that answer something else');
  });

  it('tells an answer that is none', async () => {
    const tracker = await script((question) =>
      question.readUInt32BE(8) === 0 ? answer(question) : [udpReply(question, 1, 1800)],
    );
    expect(await failureOf(open(tracker.url).announce(CALL))).to.deep.equal({
      code: 'broken',
      message: 'an answer of 12 bytes, at least 20 belong',
    });
  });

  it('tells that nothing listens, without waiting', async () => {
    const gone = await startUdpTracker(() => []);
    await gone[Symbol.asyncDispose]();
    expect(await failureOf(open(gone.url).announce(CALL))).to.deep.equal({
      code: 'unreachable',
      message: 'nothing listens on that port',
    });
  });
});
