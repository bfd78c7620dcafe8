// The client of the npm package bittorrent-tracker, against a node as a real process: every call it has, over every
// protocol it speaks.

import { once } from 'node:events';
import Client, { type Peer } from 'bittorrent-tracker/client';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

/** The client reads scraped hashes as text: only hashes of letters survive that. */
const HASH = Buffer.from('abcdefghijklmnopqrst').toString('hex');
/** It takes the brackets of an IPv6 address for a part of a host name, over UDP. */
const PEER_LISTS = ['http://127.0.0.1', 'http://[::1]', 'udp://127.0.0.1'];
const INTRODUCTIONS = ['ws://127.0.0.1'];

interface Update {
  readonly complete: number;
  readonly incomplete: number;
  readonly downloaded?: number;
}

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
    const client = new Client({ infoHash: HASH, peerId, announce, port, rtcConfig: { iceServers: [] } });
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

  for (const origin of INTRODUCTIONS) {
    it(`meets others, announces and scrapes at ${origin}`, async () => {
      const url = await announceUrl(origin);
      // Clients of one process share the connection to one URL, and with it the place in a swarm.
      const [first, second] = [open(url, 7001), open(url.replace('/announce', ''), 7002)];
      expect(await answer(first, 'update', () => first.start({ left: 0, numwant: 0 }))).to.include({ complete: 1 });
      const met = [first, second].map(async (client) => ((await once(client, 'peer')) as [Peer])[0]);
      expect(await answer(second, 'update', () => second.start({ left: 9, numwant: 1 }))).to.include({ incomplete: 1 });
      const [toSecond, toFirst] = (await Promise.all(met)) as [Peer, Peer];
      await Promise.all([toSecond, toFirst].map((peer) => peer.connected || once(peer, 'connect')));
      const heard = once(toFirst, 'data') as Promise<[Uint8Array]>;
      toSecond.send('over WebRTC');
      expect(Buffer.from((await heard)[0]).toString()).to.equal('over WebRTC');

      await answer(second, 'update', () => second.complete({ left: 0 }));
      const scraped = await answer(first, 'scrape', () => first.scrape());
      expect(scraped).to.include({ complete: 2, incomplete: 0, infoHash: HASH });
      expect(await answer(second, 'update', () => second.stop({ left: 0 }))).to.include({ complete: 1 });
      for (const peer of [toSecond, toFirst]) peer.destroy();
    });
  }
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
