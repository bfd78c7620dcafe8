// Torrents made here against those of other makers, byte for byte of `info`: mktorrent (version 1) and libtorrent (2, hybrid).

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { listContent } from '../../planter/content.ts';
import { type CreateWish, makeTorrent, PLAIN_WISH } from '../../planter/create/create.ts';
import { METAINFO_LIMITS, rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { hasProgram, need } from '../helpers/needs.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

/** The Debian one: its package of libtorrent is for no other. */
const PYTHON = '/usr/bin/python3';
const PIECE = 65_536;
/** Bytes of each file; 2 MiB and more make layers of several levels. */
const TREE = {
  'Zebra.txt': 12,
  'a.bin': 3 * PIECE,
  'b-side': 7,
  'b.txt': 5,
  'b/deep/er/file': PIECE + 1,
  'b/empty': 0,
  'b/one': 1,
  'große Größe.bin': 2_500_000,
  'last.bin': 16_385,
  'esc\x1b[31m\n': 2,
  'back\\slash "?*:': PIECE,
  [`${'deep/'.repeat(30)}${'n'.repeat(255)}`]: 2 * PIECE,
};
/** libtorrent as oracle: arguments are the path, v2 or hybrid, the piece length; prints the torrent. */
const LIBTORRENT = `
import libtorrent as lt, sys, os
path, version, piece = sys.argv[1], sys.argv[2], int(sys.argv[3])
fs = lt.file_storage()
lt.add_files(fs, path)
flags = lt.create_torrent_flags_t.v2_only if version == 'v2' else 0
t = lt.create_torrent(fs, piece_size=piece, flags=flags)
lt.set_piece_hashes(t, os.path.dirname(path))
sys.stdout.buffer.write(lt.bencode(t.generate()))
`;

describe('torrents made here and by others', () => {
  let folder: TemporaryFolder;

  before(() => {
    folder = new TemporaryFolder();
    for (const [name, length] of Object.entries(TREE)) folder.write(`tree/${name}`, randomBytes(length));
  });

  after(() => folder?.remove());

  const sources = {
    'a folder': 'tree',
    'a file': 'tree/große Größe.bin',
    'a small file': 'tree/b/one',
    'a folder of one file': 'tree/b/deep',
  };
  for (const [what, path] of Object.entries(sources)) {
    it(`have the same info as mktorrent's of ${what}`, async function () {
      need(this, hasProgram('mktorrent'), 'mktorrent');
      const out = folder.at(`${what}.torrent`);
      const flags = ['-l', `${Math.log2(PIECE)}`, '-p', '-o', out];
      execFileSync('mktorrent', [...flags, folder.at(path)], { stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' } });
      const ours = await make(path, { isPrivate: true });
      expect(member(ours, 'info').equals(member(readFileSync(out), 'info'))).to.equal(true);
    });

    for (const version of ['v2', 'hybrid'] as const) {
      it(`have the same info and layers as libtorrent's of ${what}, ${version}`, async function () {
        need(this, hasLibtorrent(), 'python3-libtorrent');
        const args = ['-c', LIBTORRENT, folder.at(path), version, `${PIECE}`];
        const theirs = execFileSync(PYTHON, args, { maxBuffer: 2 ** 24 });
        const ours = await make(path, { version });
        expect(member(ours, 'info').toString('latin1')).to.equal(member(theirs, 'info').toString('latin1'));
        expect(member(ours, 'piece layers').equals(member(theirs, 'piece layers'))).to.equal(true);
      });
    }
  }

  async function make(path: string, wish: Partial<CreateWish>): Promise<Buffer> {
    const content = await listContent(folder.at(path));
    return makeTorrent(content, { ...PLAIN_WISH, pieceLength: PIECE, ...wish }, { now: 0 });
  }
});

function member(torrent: Uint8Array, key: string): Buffer {
  return Buffer.from(rawMembers(torrent, METAINFO_LIMITS).get(key)!);
}

function hasLibtorrent(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
