import { appendFileSync } from 'node:fs';
import { expect } from 'chai';
import parseTorrent from 'parse-torrent';
import { listContent } from '../../planter/content.ts';
import { makeTorrent, pieceLengthFor } from '../../planter/create.ts';
import { rawMembers } from '../../shared/protocol/bencoding.ts';
import { readMetainfo } from '../../shared/protocol/metainfo.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

const NOW = 1_800_000_000_000;

describe('planter/create.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('makes a torrent of a file that other software reads, without any tracker', async () => {
    const bytes = await makeTorrent(await listContent(folder.write('a.bin', Buffer.alloc(40_000, 1))), NOW);
    const read = await parseTorrent(bytes);
    expect(read.infoHash).to.equal(readMetainfo(bytes).infoHash);
    expect([read.name, read.length, read.pieceLength]).to.deep.equal(['a.bin', 40_000, 16_384]);
    expect([...rawMembers(bytes).keys()]).to.deep.equal(['created by', 'creation date', 'encoding', 'info']);
  });

  it('makes a torrent of a folder, the same each time', async () => {
    for (const name of ['b', 'a/y', 'a/x', 'empty'])
      folder.write(`album/${name}`, name === 'empty' ? '' : name.repeat(20_000));
    const content = await listContent(folder.at('album'));
    const [first, second] = await Promise.all([makeTorrent(content, NOW), makeTorrent(content, NOW)]);
    expect(first).to.deep.equal(second);
    const read = await parseTorrent(first!);
    expect(read.files.map(({ path }) => path)).to.deep.equal(['album/a/x', 'album/a/y', 'album/b', 'album/empty']);
  });

  it('keeps a folder of one file a folder', async () => {
    folder.write('album/inner/one', 'hello');
    const bytes = await makeTorrent(await listContent(folder.at('album')), NOW);
    expect(readMetainfo(bytes)).to.deep.include({ name: 'album', files: [{ path: ['inner', 'one'], length: 5 }] });
    expect((await parseTorrent(bytes)).files.map(({ path }) => path)).to.deep.equal(['album/inner/one']);
  });

  it('opens one file of a large folder at a time', async () => {
    for (let index = 0; index < 1500; index++) folder.write(`many/${index}`, `${index}`);
    expect(readMetainfo(await makeTorrent(await listContent(folder.at('many')), NOW)).files).to.have.length(1500);
  });

  it('refuses files that change or vanish while they are read', async () => {
    const file = folder.write('a.bin', 'hello');
    const content = await listContent(file);
    appendFileSync(file, 'more');
    expect(await failure(makeTorrent(content, NOW))).to.include('changed while it was read');
    folder.remove();
    expect(await failure(makeTorrent(content, NOW))).to.include('ENOENT');
  });

  it('chooses a power of two for the pieces, within bounds', () => {
    expect(pieceLengthFor(1)).to.equal(16_384);
    expect(pieceLengthFor(1500 * 16_384)).to.equal(16_384);
    expect(pieceLengthFor(1500 * 16_384 + 1)).to.equal(32_768);
    expect(pieceLengthFor(2 ** 30)).to.equal(2 ** 20);
    expect(pieceLengthFor(2 ** 45)).to.equal(2 ** 24);
  });
});

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(Error);
  return (error as Error).message;
}
