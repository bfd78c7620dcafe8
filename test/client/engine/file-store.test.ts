import { existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FileStore } from '../../../client/engine/file-store.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { PIECE_LENGTH, torrentOf } from '../../helpers/torrents.ts';

/** a: 10 bytes, padding to the end of the first piece, b/c: a piece and 7 bytes, empty: none. */
const FILES = [
  { length: 10, path: ['a'] },
  { length: PIECE_LENGTH - 10, path: ['.pad', `${PIECE_LENGTH - 10}`], attr: 'p' },
  { length: PIECE_LENGTH + 7, path: ['b', 'c'] },
  { length: 0, path: ['empty'] },
];
const INFO = { files: FILES, name: 'album', 'piece length': PIECE_LENGTH, pieces: Buffer.alloc(60, 1) };

describe('client/engine/file-store.ts', () => {
  let folder: TemporaryFolder;
  let store: FileStore;

  beforeEach(() => {
    folder = new TemporaryFolder();
    store = open(false);
  });

  afterEach(async () => {
    await promisify(store.close.bind(store))();
    folder.remove();
  });

  it('keeps pieces in files, and padding nowhere', async () => {
    await put(0, Buffer.concat([Buffer.from('0123456789'), Buffer.alloc(PIECE_LENGTH - 10)]));
    await put(1, Buffer.alloc(PIECE_LENGTH, 'x'));
    await put(2, Buffer.from('theend!'));
    expect(readFileSync(folder.at('album/a'), 'utf8')).to.equal('0123456789');
    expect(readFileSync(folder.at('album/b/c'), 'utf8')).to.equal(`${'x'.repeat(PIECE_LENGTH)}theend!`);
    expect(existsSync(folder.at('album/.pad'))).to.equal(false);
    expect(await get(0)).to.have.length(PIECE_LENGTH);
    expect(Buffer.from(await get(2)).toString()).to.equal('theend!');
    expect(Buffer.from(await get(1, { offset: PIECE_LENGTH - 2, length: 2 })).toString()).to.equal('xx');
  });

  it('fails to read what is not there, or too short', async () => {
    expect(await failure(get(0))).to.include('ENOENT');
    await put(2, Buffer.from('theend!'));
    truncateSync(folder.at('album/b/c'), PIECE_LENGTH + 3);
    expect(await failure(get(2))).to.include('too short');
  });

  it('makes the wanted files of no bytes', async () => {
    await store.finish(new Set(store.files.filter(({ path }) => path.includes('empty'))));
    expect(statSync(folder.at('album/empty')).size).to.equal(0);
    expect(existsSync(folder.at('album/a'))).to.equal(false);
  });

  it('cuts off what stood behind the end of a file, and misses one that was taken away', async () => {
    const [a] = store.files;
    folder.write('album/a', '0123456789 and more');
    await store.finish(new Set([a!]));
    expect(readFileSync(folder.at('album/a'), 'utf8')).to.equal('0123456789');
    truncateSync(folder.at('album/a'), 5);
    expect(await failure(store.finish(new Set([a!])))).to.equal(
      `${folder.at('album/a')}: it was cut while it was downloaded`,
    );
    rmSync(folder.at('album'), { recursive: true });
    expect(await failure(store.finish(new Set([a!])))).to.equal(`${folder.at('album/a')}: no such file or folder`);
  });

  it('gives no bytes that are in no piece', async () => {
    await put(2, Buffer.from('theend!'));
    expect(await failure(get(2, { offset: 5, length: 3 }))).to.equal('no such bytes');
    expect(await failure(get(9, { offset: 0, length: 3 }))).to.equal('no such bytes');
  });

  it('never writes to what is seeded', async () => {
    const seeded = open(true);
    expect(await failure(promisify(seeded.put.bind(seeded))(2, Buffer.from('theend!')))).to.include('not written');
    await seeded.finish(new Set(seeded.files));
    expect(existsSync(folder.at('album'))).to.equal(false);
  });

  it('opens a bounded number of files', async () => {
    const files = Array.from({ length: 300 }, (_, index) => ({ length: 100, path: [`${index}`] }));
    const info = { ...INFO, files, pieces: Buffer.alloc(40, 1) };
    const many = open(false, torrentOf(info));
    const write = promisify(many.put.bind(many));
    await Promise.all([write(0, Buffer.alloc(PIECE_LENGTH, 'y')), write(1, Buffer.alloc(30_000 - PIECE_LENGTH, 'y'))]);
    await promisify(many.close.bind(many))();
    expect(readFileSync(folder.at('album/299'), 'utf8')).to.equal('y'.repeat(100));
  });

  function open(isReadOnly: boolean, torrentFile: Uint8Array = torrentOf(INFO)): FileStore {
    const options = { folder: folder.path, isReadOnly, onStore: () => undefined, torrent: { torrentFile } };
    return new FileStore(PIECE_LENGTH, options);
  }

  function put(index: number, bytes: Uint8Array): Promise<unknown> {
    return promisify(store.put.bind(store))(index, bytes);
  }

  function get(index: number, options: { offset?: number; length?: number } | null = null): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      store.get(index, options, (error, bytes) => (error === null ? resolve(bytes!) : reject(error)));
    });
  }
});

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(Error);
  return (error as Error).message;
}
