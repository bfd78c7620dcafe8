// `anatomic get` and `anatomic seed` of torrents that are of version 2 only (BEP 52), with libtorrent at the other end.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { listContent } from '../../planter/content.ts';
import { makeTorrent, PLAIN_WISH } from '../../planter/create/create.ts';
import { METAINFO_LIMITS, rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { formatMagnet } from '../../shared/protocol/torrent/magnet.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { libtorrent, needClient } from './clients.ts';
import { OpenLab } from './open-lab.ts';

const PIECE_LENGTH = 65_536;
/** Bytes of each file: less than a block, a piece, several; names that sort otherwise as numbers. */
const FILES = { '10': 3 * PIECE_LENGTH + 5, '9': 100, 'a/empty': 0, 'a/large.bin': 1_000_001, 'b.bin': PIECE_LENGTH };

describe('anatomic get and seed of version 2', () => {
  let lab: OpenLab;
  let contentFolder: string;

  before(async function () {
    needClient(this, libtorrent);
    lab = await OpenLab.start(4);
    contentFolder = join(lab.folder, 'content');
    for (const [name, length] of Object.entries(FILES)) {
      const file = join(contentFolder, 'album', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, randomBytes(length));
    }
  });

  after(() => lab?.[Symbol.asyncDispose]());

  for (const [what, path] of Object.entries({ 'a folder': 'album', 'a file': 'album/a/large.bin' })) {
    it(`gets ${what} that libtorrent seeds`, async () => {
      const { torrent, folder, names } = await make(path, `${what} seeded`);
      compare(await lab.getFrom(libtorrent, torrent, folder, `got ${what}`), folder, names);
    });

    it(`seeds ${what} that libtorrent gets`, async () => {
      const { torrent, folder, names } = await make(path, `${what} got`);
      compare(await lab.seedTo(libtorrent, torrent, folder, `their ${what}`, ''), folder, names);
    });
  }

  for (const path of ['album', 'album/10', 'album/9']) {
    it(`gets ${path} that libtorrent seeds, of which only a link is known`, async () => {
      const { torrent, folder, names } = await make(path, `link to ${path.replace('/', ' ')}`);
      const { infoHashV2, name } = readMetainfo(await readFile(torrent));
      const link = formatMagnet({ infoHashV2: infoHashV2!, trackers: [lab.announce] });
      const place = await lab.getFrom(libtorrent, torrent, folder, `linked ${name}`, link);
      compare(place, folder, names);
    });

    it(`seeds ${path} that libtorrent gets, knowing only a link`, async () => {
      const { torrent, folder, names } = await make(path, `link from ${path.replace('/', ' ')}`);
      const { infoHashV2, name } = readMetainfo(await readFile(torrent));
      const link = formatMagnet({ infoHashV2: infoHashV2!, trackers: [lab.announce] });
      const place = await lab.seedTo(libtorrent, torrent, folder, `their linked ${name}`, '', link);
      compare(place, folder, names);
    });
  }

  it('finds the damage on the disk, and loads only that', async () => {
    const { torrent, folder, names } = await make('album', 'damaged');
    const place = await lab.getFrom(libtorrent, torrent, folder, 'to damage');
    const victim = join(place, 'album/a/large.bin');
    const bytes = await readFile(victim);
    bytes[500_000]! ^= 1;
    await writeFile(victim, bytes);
    await using seed = lab.anatomic('seed', [torrent, '--data', place]);
    expect(await seed.end()).to.equal(1);
    expect(seed.stderrLines.join()).to.include('% of the data is there and right');
    compare(await lab.getFrom(libtorrent, torrent, folder, 'to damage'), folder, names);
  });

  /** `source` makes it a torrent of its own, whose peers are no others'. */
  async function make(path: string, source: string) {
    const from = join(contentFolder, path);
    const content = await listContent(from);
    const wish = { ...PLAIN_WISH, version: 'v2', pieceLength: PIECE_LENGTH, source } as const;
    const bytes = rewriteDictionary(
      await makeTorrent(content, wish, { now: 0 }),
      { announce: lab.announce },
      METAINFO_LIMITS,
    );
    const torrent = join(lab.folder, `${source}.torrent`);
    await writeFile(torrent, bytes);
    const names = content.files.map((file) => join(...(content.isFolder ? [content.name] : []), ...file.path));
    return { torrent, folder: dirname(from), names };
  }

  function compare(got: string, expected: string, names: readonly string[]): void {
    for (const name of names) {
      expect(readFileSync(join(got, name)).equals(readFileSync(join(expected, name))), name).to.equal(true);
    }
  }
});
