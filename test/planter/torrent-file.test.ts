import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from 'chai';
import { PLAIN_WISH } from '../../planter/create/create.ts';
import { type OpenOptions, openTorrent, writeTorrent } from '../../planter/torrent-file.ts';
import { PublicError } from '../../shared/errors.ts';
import { rawMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { infoV1, torrentOf } from '../helpers/torrents.ts';

describe('planter/torrent-file.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('reads a torrent, to be written back in place', async () => {
    const bytes = torrentOf(infoV1());
    const file = folder.write('a.torrent', bytes);
    const torrent = await open(relative(process.cwd(), file));
    expect(torrent.bytes).to.deep.equal(bytes);
    expect(torrent.output).to.equal(file);
    expect(torrent.metainfo.name).to.equal('a.bin');
  });

  it('makes a torrent of a file, to be written beside it, and tells before it hashes', async () => {
    const told: string[] = [];
    const file = folder.write('a.bin', 'hello');
    const torrent = await open(file, { hashing: async ({ name, length }) => void told.push(`${name} ${length}`) });
    expect(torrent.output).to.equal(`${file}.torrent`);
    expect(told).to.deep.equal(['a.bin 5']);
    expect(readdirSync(folder.path)).to.deep.equal(['a.bin']);
  });

  it('takes a folder whose name ends like a torrent for a folder', async () => {
    folder.write('odd.torrent/a', 'x');
    expect((await open(folder.at('odd.torrent'))).output).to.equal(folder.at('odd.torrent.torrent'));
  });

  it('goes on with the torrent that is beside the file already', async () => {
    const file = folder.write('a.bin', 'hello');
    await writeTorrent(await open(file), { comment: 'mine' });
    const torrent = await open(file);
    expect(rawMembers(torrent.bytes).has('comment')).to.equal(true);
  });

  it('refuses to replace another torrent beside the file', async () => {
    const file = folder.write('a.bin', 'hello');
    const other = torrentOf(infoV1('other'));
    folder.write('a.bin.torrent', other);
    expect(await failure(open(file))).to.include('is another torrent');
    expect((await open(file, { output: folder.at('b.torrent') })).output).to.equal(folder.at('b.torrent'));
    expect(readFileSync(folder.at('a.bin.torrent'))).to.deep.equal(other);
  });

  it('writes over nothing that is not the same torrent', async () => {
    const torrent = folder.write('a.torrent', torrentOf(infoV1()));
    const other = folder.write('b.torrent', torrentOf(infoV1('other')));
    const film = folder.write('film.mkv', 'precious');
    expect(await failure(open(torrent, { output: other }))).to.include('is another torrent');
    expect(await failure(open(torrent, { output: film }))).to.include('not a torrent');
    const copy = folder.write('c.torrent', torrentOf(infoV1(), { comment: 'mine' }));
    expect((await open(torrent, { output: copy })).output).to.equal(copy);
  });

  it('knows what it was made of', async () => {
    const file = folder.write('a.bin', 'hello');
    expect((await open(file)).content).to.equal(file);
    expect(await open(folder.write('a.torrent', torrentOf(infoV1())))).not.to.have.property('content');
  });

  it('writes members beside info and keeps the rest, the mode of the file too', async () => {
    const bytes = Buffer.from(
      'd7:comment1:x4:infod4:name1:x12:piece lengthi16384e6:lengthi1e6:pieces20:aaaaaaaaaaaaaaaaaaaaee',
    );
    const file = folder.write('a.torrent', bytes);
    const torrent = await open(file);
    await writeTorrent(torrent, { announce: 'http://a/announce', comment: undefined });
    const info = bytes.subarray(bytes.indexOf('4:info'));
    expect(readFileSync(file)).to.deep.equal(Buffer.concat([Buffer.from('d8:announce17:http://a/announce'), info]));
    expect(readMetainfo(readFileSync(file)).infoHash).to.equal(torrent.metainfo.infoHash);
    expect(statSync(file).mode).to.equal(statSync(folder.write('b', '')).mode);
  });

  it('rewrites what a link points to, and keeps the link', async () => {
    const file = folder.write('real/a.torrent', torrentOf(infoV1()));
    symlinkSync(file, folder.at('link.torrent'));
    await writeTorrent(await open(folder.at('link.torrent')), { announce: 'http://a' });
    expect(readMetainfo(readFileSync(file)).announce).to.equal('http://a');
    expect(readdirSync(folder.path)).to.deep.equal(['link.torrent', 'real']);
  });

  it('says what is wrong in words that name the path', async () => {
    mkdirSync(folder.at('empty'));
    folder.write('huge.torrent', '');
    truncateSync(folder.at('huge.torrent'), 17 * 1024 * 1024);
    const cases = [
      ['nowhere', 'no such file or folder'],
      ['nowhere.torrent', 'no such file or folder'],
      ['empty', 'nothing in it'],
      ['huge.torrent', 'larger than'],
    ] as const;
    for (const [name, reason] of cases) {
      expect(await failure(open(folder.at(name))))
        .to.include(folder.at(name))
        .and.include(reason);
    }
    const page = folder.write('page.torrent', '<html>');
    expect(await failure(open(page))).to.equal(`${page}: not a torrent that can be read: not a bencoded dictionary`);
  });

  it('looks whether it can be written before it hashes', async () => {
    const hashing = (): never => {
      throw new Error('in vain');
    };
    const file = folder.write('a', 'x');
    expect(await failure(open(file, { hashing, output: folder.at('no/such/a.torrent') }))).to.match(
      /a\.torrent cannot be written, name another place with --output: .*no\/such: no such file or folder$/,
    );
    expect(await failure(open(file, { hashing, output: folder.path }))).to.include('it is a folder');
    expect(await failure(open(file, { hashing, output: '/dev/null' }))).to.include('no file that can be replaced');
    folder.write('a.torrent', '<html>');
    expect(await failure(open(file, { hashing }))).to.include('not a torrent that can be read');
    folder.write('a.torrent', torrentOf(infoV1()));
    expect(await failure(open(file, { hashing }))).to.include('is another torrent');
  });
});

function open(path: string, options: Partial<OpenOptions> = {}) {
  return openTorrent(path, {
    now: 1_800_000_000_000,
    create: PLAIN_WISH,
    hashing: async () => undefined,
    hashed: () => undefined,
    ...options,
  });
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(PublicError);
  return (error as PublicError).message;
}
