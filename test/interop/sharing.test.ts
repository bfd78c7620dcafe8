// Two real clients that know different nodes: one seeds by way of the first, the other downloads by way of the second.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { METAINFO_LIMITS, rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { announce } from '../helpers/test-client.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';
import { aria2, needClient } from './clients.ts';

const NAME = 'shared-file';
const HOST = { address: '127.0.0.1', address6: '::1', namespace: undefined };
const FIND_LIMIT_MS = 5000;

describe('clients of different nodes', () => {
  it('find each other within five seconds', async function () {
    // A machine that does something else for seconds is not what this is about.
    this.retries(2);
    needClient(this, aria2);
    await using network = await TestNetwork.create({ nodes: 2, supernodes: 1 });
    const content = Buffer.alloc(300_000, 'what two strangers share');
    const planted = await network.plant(network.folder.write(NAME, content.toString('latin1')), ['--copies', '2']);
    const [first, second] = planted.carriers.map(({ url }) => url) as [string, string];
    const torrent = readFileSync(planted.file);
    const session = (name: string, url: string) => {
      const [torrentFile, folder, stateFolder] = ['.torrent', '-data', '-state'].map((end) =>
        network.folder.at(name + end),
      );
      for (const path of [folder, stateFolder]) mkdirSync(path!);
      const changes = { announce: `${url}/announce`, 'announce-list': undefined };
      writeFileSync(torrentFile!, rewriteDictionary(torrent, changes, METAINFO_LIMITS));
      return { torrentFile: torrentFile!, folder: folder!, stateFolder: stateFolder!, host: HOST };
    };
    const seeding = session('seed', first);
    writeFileSync(`${seeding.folder}/${NAME}`, content);
    await using seeder = await aria2.seed(seeding);
    const counts = (url: string) => announce(url, planted.infoHash, { port: 2000, event: 'stopped' });
    await until(async () => (await counts(second)).seeders === 1);
    expect(seeder.hasEnded).to.equal(false);

    const downloading = session('download', second);
    const downloaded = aria2.download(downloading, NAME);
    await until(async () => (await counts(second)).leechers === 1);
    const announcedAt = performance.now();
    await until(() => isComplete(`${downloading.folder}/${NAME}`, content));
    const tookMs = performance.now() - announcedAt;
    await downloaded;
    console.log(`      found and downloaded ${(tookMs / 1000).toFixed(1)} s after the second announce, target 5 s`);
    expect(tookMs).to.be.below(FIND_LIMIT_MS);
  });
});

function isComplete(file: string, content: Buffer): boolean {
  return existsSync(file) && readFileSync(file).equals(content);
}
