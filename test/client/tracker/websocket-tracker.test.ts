import { expect } from 'chai';
import type { TrackerClient } from '../../../client/tracker/tracker-client.ts';
import {
  bodyOf,
  type ScriptedTracker,
  startHttpTracker,
  startWebSocketTracker,
} from '../../helpers/scripted-trackers.ts';
import { CALL, failureOf, openClient } from './call.ts';

const HASH_TEXT = '\u{ab}'.repeat(20);
const ANNOUNCED = { action: 'announce', info_hash: HASH_TEXT, interval: 120, complete: 0, incomplete: 1 };

describe('client/tracker/websocket-tracker.ts', () => {
  let opened: AsyncDisposableStack;

  beforeEach(() => {
    opened = new AsyncDisposableStack();
  });
  afterEach(() => opened.disposeAsync());

  async function script(...answer: Parameters<typeof startWebSocketTracker>): Promise<ScriptedTracker<string>> {
    return opened.use(await startWebSocketTracker(...answer));
  }
  function open(...options: Parameters<typeof openClient>): TrackerClient {
    return opened.adopt(openClient(...options), (client) => client.close());
  }

  it('announces and scrapes over one connection, past what is said to others', async () => {
    const tracker = await script((message, socket) => {
      socket.send(JSON.stringify({ ...ANNOUNCED, offer: { type: 'offer', sdp: '' } }));
      const isScrape = JSON.parse(message).action === 'scrape';
      socket.send(JSON.stringify(isScrape ? { action: 'scrape', files: {} } : ANNOUNCED));
    });
    const client = open(tracker.url);
    expect(await client.announce(CALL)).to.include({ kind: 'announced', intervalSeconds: 120, leechers: 1 });
    expect(await client.scrape!([CALL.infoHash])).to.deep.include({ kind: 'scraped', counts: [undefined] });
    expect(tracker.questions.map((question) => JSON.parse(question).info_hash)).to.deep.equal([HASH_TEXT, [HASH_TEXT]]);
  });

  it('tells a message that is no JSON', async () => {
    const tracker = await script((_message, socket) => socket.send('hello'));
    expect(await failureOf(open(tracker.url).announce(CALL))).to.deep.equal({
      code: 'broken',
      message: 'a message that is not JSON',
    });
  });

  it('tells a connection that the tracker ends, and opens a new one for the next question', async () => {
    const tracker = await script((_message, socket) => socket.close());
    const client = open(tracker.url);
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await failureOf(client.announce(CALL))).to.include({ message: 'the tracker closed the connection' });
    }
    expect(tracker.questions).to.have.length(2);
  });

  it('waits no longer than the timeout', async () => {
    const tracker = await script(() => {});
    expect(await failureOf(open(tracker.url, { timeoutMs: 100 }).announce(CALL))).to.include({ code: 'silent' });
  });

  it('tells a server that is none of WebSocket, and one that is not there', async () => {
    const http = opened.use(await startHttpTracker(bodyOf('')));
    const url = http.url.replace('http:', 'ws:');
    const message = `${new URL(url).origin}: Unexpected server response: 200`;
    const expected = { code: 'unreachable', message };
    expect(await failureOf(open(url).announce(CALL))).to.deep.equal(expected);
    const gone = await startWebSocketTracker(() => {});
    await gone[Symbol.asyncDispose]();
    const { message: refusal } = await failureOf(open(gone.url).announce(CALL));
    expect(refusal).to.match(/^ws:.*: connection refused$/);
  });
});
