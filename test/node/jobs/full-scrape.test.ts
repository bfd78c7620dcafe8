import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FULL_SCRAPE_LIFETIME_MS, FullScrape } from '../../../node/jobs/full-scrape.ts';
import { SortedTorrents } from '../../../node/tracker/sorted-torrents.ts';
import { decode, METAINFO_LIMITS, rawMembers } from '../../../shared/protocol/encoding/bencoding.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import type { ScrapeCounts } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { addTorrent, createStore } from '../tracker/filled-store.ts';

const A = '0a'.repeat(20);
const B = '0b'.repeat(20);
const DENIED = '0c'.repeat(20);

describe('node/jobs/full-scrape.ts', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  function create(directory = folder.path) {
    const store = createStore();
    const clock = { at: 1_000_000, now: () => clock.at };
    const door = {
      checkTorrent: (hash: Uint8Array) =>
        Buffer.from(hash).toString('hex') === DENIED ? REFUSALS.forbiddenTorrent : undefined,
      scrape: (hash: Uint8Array, offset: number, into: ScrapeCounts) =>
        store.count(store.torrents.find(hash, offset), into),
    };
    const tracker = { sortedTorrents: () => new SortedTorrents(store) };
    return { store, clock, scrape: new FullScrape({ tracker, door, directory, clock }) };
  }
  const read = (file: string): Buffer => gunzipSync(readFileSync(file));

  it('writes what a scrape of all torrents would answer, keys in order, less what is not served', async () => {
    const { store, scrape } = create();
    for (const [hash, peers] of [
      [B, 3],
      [DENIED, 1],
      [A, 1],
    ] as const)
      addTorrent(store, hash, peers, 1);
    const bytes = read((await scrape.get('bencoded')).file);
    decode(bytes);
    expect(bytes.toString('latin1')).to.equal(
      `d5:filesd20:${'\n'.repeat(20)}d8:completei1e10:downloadedi0e10:incompletei0ee` +
        `20:${'\v'.repeat(20)}d8:completei1e10:downloadedi0e10:incompletei2eeee`,
    );
    expect(read((await scrape.get('text')).file).toString()).to.equal(
      `# info_hash seeders leechers downloaded\n${A} 1 0 0\n${B} 1 2 0\n`,
    );
  });

  it('writes more than fits one piece', async () => {
    const { store, scrape } = create();
    for (let i = 0; i < 5000; i++) addTorrent(store, i.toString(16).padStart(40, '0'));
    const limits = { ...METAINFO_LIMITS, isCanonical: true };
    const files = rawMembers(rawMembers(read((await scrape.get('bencoded')).file), limits).get('files')!, limits);
    expect(files.size).to.equal(5000);
    expect(
      read((await scrape.get('text')).file)
        .toString()
        .split('\n'),
    ).to.have.length(5002);
  });

  it('writes a new file only when the last one is old', async () => {
    const { store, clock, scrape } = create();
    const [first, same] = await Promise.all([scrape.get('text'), scrape.get('text')]);
    expect(same).to.equal(first);
    addTorrent(store, A);
    expect(read((await scrape.get('text')).file).toString()).not.to.include(A);
    clock.at = first.expiresAt;
    const next = await scrape.get('text');
    expect(next.expiresAt).to.equal(first.expiresAt + FULL_SCRAPE_LIFETIME_MS);
    expect(read(next.file).toString()).to.include(A);
  });

  it('does not wait for a clock that was set back by a day', async () => {
    const { store, clock, scrape } = create();
    await scrape.get('text');
    addTorrent(store, A);
    clock.at -= 86_400_000;
    expect(read((await scrape.get('text')).file).toString()).to.include(A);
  });

  it('tries again after a file that could not be written', async () => {
    const { scrape } = create(folder.at('missing'));
    expect(await scrape.get('text').catch((error: unknown) => error)).to.be.instanceOf(Error);
    folder.write('missing/x', '');
    expect((await scrape.get('text')).file).to.equal(folder.at('missing', 'full-scrape.text.gz'));
  });

  it('leaves nothing behind, not even when it is stopped in the middle', async () => {
    const { store, scrape } = create();
    for (let i = 0; i < 5000; i++) addTorrent(store, i.toString(16).padStart(40, '0'));
    await scrape.get('text');
    const unfinished = scrape.get('bencoded').catch((error: unknown) => error);
    await scrape.stop();
    expect(await unfinished).to.be.instanceOf(Error);
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });
});
