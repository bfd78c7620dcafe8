// The client of the npm package bittorrent-tracker, against a node as a real process: every call it has, over every
// protocol it speaks.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Client, { type Update } from 'bittorrent-tracker/client';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

/** The client reads scraped hashes as text: only hashes of letters survive that. */
const HASH = Buffer.from('abcdefghijklmnopqrst').toString('hex');
/** It takes the brackets of an IPv6 address for a part of a host name, over UDP. */
const PEER_LISTS = ['http://127.0.0.1', 'http://[::1]', 'udp://127.0.0.1'];
const WEBRTC_RETRIES = 2;
const INTRODUCED_CLIENT = fileURLToPath(new URL('./introduced-client.ts', import.meta.url));

describe("bittorrent-tracker's client", () => {
  let folder: TemporaryFolder;
  let node: RunningProcess;
  let clients: Client[];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    clients = [];
    node = startAnatomic(['node', '--mode', 'open', '--http-port', '0', '--data-directory', folder.at('node')]);
    await node.line(/^ready$/);
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.destroy(resolve))));
    await node.stop();
    folder.remove();
  });

  async function announceUrl(origin: string): Promise<string> {
    return (await node.line(new RegExp(`^listening (${origin.replace(/[[\].]/g, '\\$&')}:.*)$`)))[1] ?? '';
  }

  function open(announce: string, port: number): Client {
    const peerId = Buffer.from(`-WW0208-${String(port).padStart(12, '0')}`).toString('hex');
    const client = new Client({ infoHash: HASH, peerId, announce, port });
    client.on('error', fail);
    client.on('warning', fail);
    clients.push(client);
    return client;
  }

  for (const origin of PEER_LISTS) {
    it(`announces and scrapes at ${origin}`, async () => {
      const url = await announceUrl(origin);
      const [first, second] = [open(url, 7001), open(url, 7002)];
      expect(await answer(first, 'update', () => first.start({ left: 0 }))).to.include({ complete: 1, incomplete: 0 });
      const peer = once(second, 'peer');
      expect(await answer(second, 'update', () => second.start({ left: 9 }))).to.include({
        complete: 1,
        incomplete: 1,
      });
      expect(await peer).to.deep.equal([`${new URL(origin.replace('udp', 'http')).hostname}:7001`]);
      expect(await answer(second, 'update', () => second.complete({ left: 0 }))).to.include({ complete: 2 });
      const counts = { complete: 2, incomplete: 0, downloaded: 1 };
      expect(await answer(first, 'scrape', () => first.scrape())).to.include({ ...counts, infoHash: HASH });
      expect(await answer(first, 'update', () => first.stop({ left: 0 }))).to.include({ complete: 1, incomplete: 0 });
    });
  }

  it('announces, scrapes and meets others over WebSocket', async function () {
    // The library under WebRTC now and then hears of a candidate before it is ready for one, and ends its process.
    this.retries(WEBRTC_RETRIES);
    const url = await announceUrl('ws://127.0.0.1');
    const start = (number: number): RunningProcess =>
      new RunningProcess(process.execPath, [INTRODUCED_CLIENT, url, `${number}`]);
    await using first = start(1);
    await first.line(/^counts 0 1$/);
    await using second = start(2);
    await second.line(/^counts 0 2$/);
    await Promise.all([first.line(/^heard hello from 2$/), second.line(/^heard hello from 1$/)]);
    await Promise.all([first.line(/^scraped 0 2$/), second.line(/^scraped 0 2$/)]);
    expect(await second.stop()).to.equal(0);
    expect(second.stdoutLines.at(-1)).to.equal('counts 0 1');
  });
});

/** Waits for the event that answers a call. */
async function answer(client: Client, event: 'update' | 'scrape', call: () => void): Promise<Update> {
  const answered = once(client, event);
  call();
  return ((await answered) as [Update])[0];
}

function fail(error: Error): never {
  throw error;
}
