import { createHash } from 'node:crypto';
import { appendFileSync, createReadStream, truncateSync, utimesSync } from 'node:fs';
import { expect } from 'chai';
import createTorrent from 'create-torrent';
import parseTorrent from 'parse-torrent';
import { listContent } from '../../../planter/content.ts';
import { type CreateWish, makeTorrent, PLAIN_WISH, pieceLengthFor } from '../../../planter/create/create.ts';
import { PublicError } from '../../../shared/errors.ts';
import { rawMembers } from '../../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const NOW = 1_800_000_000_000;
const PIECE = 16_384;

describe('planter/create/create.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('makes a torrent of a file that other software reads, without any tracker', async () => {
    const bytes = await make(folder.write('a.bin', Buffer.alloc(40_000, 1)));
    const read = await parseTorrent(bytes);
    expect(read.infoHash).to.equal(readMetainfo(bytes).infoHash);
    expect([read.name, read.length, read.pieceLength]).to.deep.equal(['a.bin', 40_000, PIECE]);
    expect([...rawMembers(bytes).keys()]).to.deep.equal(['created by', 'creation date', 'encoding', 'info']);
  });

  const trees: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    'whole pieces': { a: PIECE, b: 3 * PIECE },
    'small files': { a: 1, 'b/c': 2, 'b/d': 3, e: 100_000 },
    'empty files': { a: 0, b: 5, c: 0, d: PIECE, e: 0 },
  };
  for (const [name, lengths] of Object.entries(trees)) {
    it(`makes the same info as create-torrent of ${name}`, async () => {
      write(lengths);
      expect(infoOf(await make(folder.at('album')))).to.deep.equal(await infoOfOracle(lengths));
    });
  }

  it('orders files of version 1 by whole paths, those of a tree folder by folder', async () => {
    write({ 'a/b': 1, 'a-b': 1, 'a.c': 1 });
    for (const [version, ...names] of [
      ['v1', 'a-b', 'a.c', 'a/b'],
      ['hybrid', 'a/b', 'a-b', 'a.c'],
    ] as const) {
      const info = infoOf(await make(folder.at('album'), { version })).toString('latin1');
      const places = names.map((name) =>
        info.lastIndexOf(
          `4:pathl${name
            .split('/')
            .map((part) => `${part.length}:${part}`)
            .join('')}ee`,
        ),
      );
      expect(places, version)
        .to.deep.equal([...places].sort((a, b) => a - b))
        .and.not.include(-1);
    }
  });

  it('makes the same info as create-torrent of one file', async () => {
    write({ a: 100_000 });
    const file = folder.at('album/a');
    const expected = await oracle([Object.assign(createReadStream(file), { name: 'a' })], 'a');
    expect(infoOf(await make(file))).to.deep.equal(expected);
  });

  it('makes the same in threads as without', async () => {
    const lengths = { a: 9_000_000, b: 1, c: 8_000_001 };
    write(lengths);
    const hashed: number[] = [];
    const content = await listContent(folder.at('album'));
    const wish = { ...PLAIN_WISH, pieceLength: PIECE };
    const bytes = await makeTorrent(
      content,
      { ...wish, threads: 3 },
      { now: NOW, hashed: (count) => hashed.push(count) },
    );
    expect(infoOf(bytes)).to.deep.equal(await infoOfOracle(lengths));
    expect(hashed.at(-1)).to.equal(17_000_002);
    const hybrid = { ...wish, version: 'hybrid' } as const;
    const versions = await Promise.all(
      [1, 4].map((threads) => makeTorrent(content, { ...hybrid, threads }, { now: NOW })),
    );
    expect(versions[0]).to.deep.equal(versions[1]);
  });

  it('makes version 2 and hybrid torrents with roots and layers as BEP 52 has them', async () => {
    write({ a: 2 * PIECE + 1, b: 5 });
    for (const version of ['v2', 'hybrid'] as const) {
      const bytes = await make(folder.at('album'), { version, pieceLength: PIECE });
      const metainfo = readMetainfo(bytes);
      expect(metainfo.version).to.equal(version);
      expect(metainfo.files).to.deep.equal([
        { path: ['a'], length: 2 * PIECE + 1 },
        { path: ['b'], length: 5 },
      ]);
      const leaves = [PIECE, PIECE, 1].map((length) => sha256(Buffer.alloc(length, 'a')));
      const root = sha256(Buffer.concat([pair(leaves[0]!, leaves[1]!), pair(leaves[2]!, Buffer.alloc(32))]));
      expect(infoOf(bytes).includes(root)).to.equal(true);
      expect(infoOf(bytes).includes(sha256(Buffer.from('bbbbb')))).to.equal(true);
      const layers = rawMembers(rawMembers(bytes).get('piece layers')!);
      expect([...layers.keys()]).to.deep.equal([root.toString('latin1')]);
      expect(Buffer.from(layers.get(root.toString('latin1'))!).toString('latin1')).to.equal(
        `96:${Buffer.concat(leaves).toString('latin1')}`,
      );
    }
  });

  it('pads the files of a hybrid in its version 1 half, the last as well', async () => {
    write({ a: 5, b: PIECE, é: 7 });
    const info = infoOf(await make(folder.at('album'), { version: 'hybrid' })).toString('latin1');
    expect(info.match(/4:attr1:p6:lengthi(\d+)e4:pathl4:\.pad5:\1ee/g)).to.have.length(2);
    expect(info).to.include(`pieces${3 * 20}:`);
  });

  it('says what the user says: in info what makes another torrent of it, beside info the rest', async () => {
    const file = folder.write('a.bin', 'hello');
    const bytes = await make(file, { isPrivate: true, source: 'HERE', comment: 'mine', webSeeds: ['http://w/a.bin'] });
    expect(infoOf(bytes).toString('latin1')).to.include('7:privatei1e6:source4:HERE');
    const members = rawMembers(bytes);
    expect(String(members.get('comment'))).to.equal('4:mine');
    expect(String(members.get('url-list'))).to.equal('l14:http://w/a.bine');
  });

  it('keeps a folder of one file a folder', async () => {
    folder.write('album/inner/one', 'hello');
    const bytes = await make(folder.at('album'));
    expect(readMetainfo(bytes)).to.deep.include({ name: 'album', files: [{ path: ['inner', 'one'], length: 5 }] });
    expect((await parseTorrent(bytes)).files.map(({ path }) => path)).to.deep.equal(['album/inner/one']);
  });

  it('opens one file of a large folder at a time', async () => {
    for (let index = 0; index < 1500; index++) folder.write(`many/${index}`, `${index}`);
    expect(readMetainfo(await make(folder.at('many'))).files).to.have.length(1500);
  });

  it('refuses files that change or vanish while they are read, in threads as well', async () => {
    for (const size of [5, 20_000_000]) {
      const file = folder.write('a.bin', Buffer.alloc(size));
      const content = await listContent(file);
      appendFileSync(file, 'more');
      expect(await failure(makeTorrent(content, PLAIN_WISH, { now: NOW }))).to.include('changed while it was read');
      folder.remove();
      expect(await failure(makeTorrent(content, PLAIN_WISH, { now: NOW }))).to.include('no such file');
      folder = new TemporaryFolder();
    }
  });

  it('refuses a file that was written to behind its back, whatever its length', async () => {
    const file = folder.write('a.bin', Buffer.alloc(20_000_000));
    const content = await listContent(file);
    let isTouched = false;
    const hashed = (): void => {
      if (!isTouched) utimesSync(file, 1, 1);
      isTouched = true;
    };
    expect(await failure(makeTorrent(content, PLAIN_WISH, { now: NOW, hashed }))).to.include(
      `${file} changed while it was read`,
    );
  });

  it('refuses what nobody could read, before it hashes', async () => {
    const path = folder.write('large.bin', '');
    truncateSync(path, 16 * 2 ** 30);
    const small = { pieceLength: PIECE };
    for (const version of ['v1', 'v2'] as const) {
      expect(await failure(make(path, { ...small, version }))).to.include('choose a larger --piece-length');
    }
    folder.write(`deep/${'d/'.repeat(70)}file`, 'x');
    expect(await failure(make(folder.at('deep'), { version: 'v2' }))).to.match(/^no torrent can be made of it: .*64/);
    expect(readMetainfo(await make(folder.at('deep'))).files).to.have.length(1);
  });

  it('hashes one torrent at a time, with all threads', async () => {
    const contents = await Promise.all(
      ['a', 'b'].map((name) => listContent(folder.write(name, Buffer.alloc(20_000_000)))),
    );
    const order: string[] = [];
    await Promise.all(
      contents.map((content) => makeTorrent(content, PLAIN_WISH, { now: NOW, hashed: () => order.push(content.name) })),
    );
    expect(order).to.deep.equal(['a', 'a', 'b', 'b']);
  });

  it('counts what it hashes without the padding', async () => {
    write({ a: 5, b: 6, c: 7 });
    const counts: number[] = [];
    const content = await listContent(folder.at('album'));
    await makeTorrent(
      content,
      { ...PLAIN_WISH, version: 'hybrid' },
      { now: NOW, hashed: (count) => counts.push(count) },
    );
    expect(counts).to.deep.equal([18]);
  });

  for (const pieceLength of [0, 8192, 20_000, 2 ** 27]) {
    it(`refuses pieces of ${pieceLength} bytes`, async () => {
      expect(await failure(make(folder.write('a', 'x'), { pieceLength }))).to.include('a power of two');
    });
  }

  it('chooses a power of two for the pieces, within bounds', () => {
    expect(pieceLengthFor(1)).to.equal(16_384);
    expect(pieceLengthFor(1500 * 16_384)).to.equal(16_384);
    expect(pieceLengthFor(1500 * 16_384 + 1)).to.equal(32_768);
    expect(pieceLengthFor(2 ** 30)).to.equal(2 ** 20);
    expect(pieceLengthFor(2 ** 45)).to.equal(2 ** 24);
  });

  /** Files of so many bytes, each full of the first letter of its name. */
  function write(lengths: Readonly<Record<string, number>>): void {
    for (const [name, length] of Object.entries(lengths)) folder.write(`album/${name}`, Buffer.alloc(length, name[0]));
  }

  async function make(path: string, wish: Partial<CreateWish> = {}): Promise<Buffer> {
    return makeTorrent(await listContent(path), { ...PLAIN_WISH, ...wish }, { now: NOW });
  }

  function infoOfOracle(lengths: Readonly<Record<string, number>>): Promise<Buffer> {
    const input = Object.keys(lengths).map((name) => {
      return Object.assign(createReadStream(folder.at('album', name)), { fullPath: `album/${name}` });
    });
    return oracle(input, 'album');
  }

  function oracle(input: readonly NodeJS.ReadableStream[], name: string): Promise<Buffer> {
    const options = { name, pieceLength: PIECE, announceList: [] };
    return new Promise((resolve, reject) => {
      createTorrent(input, options, (error, torrent) => {
        if (error !== null) reject(error);
        else resolve(infoOf(Buffer.from(torrent)));
      });
    });
  }
});

function infoOf(torrent: Uint8Array): Buffer {
  return Buffer.from(rawMembers(torrent, { maxBytes: 2 ** 24, maxDepth: 64, isCanonical: false }).get('info')!);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function pair(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([left, right]));
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
