import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { main } from '../../../planter/commands/create.ts';
import { PublicError, UsageError } from '../../../shared/errors.ts';
import { rawMembers } from '../../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('planter/commands/create.ts', () => {
  let folder: TemporaryFolder;
  let out: string;
  let talk: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('makes a torrent beside the file, and writes over nothing', async () => {
    const file = folder.write('a.bin', 'hello');
    expect(await run(file)).to.equal(0);
    expect(out).to.equal(`${file}.torrent\n`);
    const metainfo = readMetainfo(readFileSync(`${file}.torrent`));
    expect(talk).to.equal(`hashing 1 file, 5 bytes\n${metainfo.infoHash}\n`);
    expect([metainfo.announce, metainfo.announceList]).to.deep.equal([undefined, []]);
    expect(await failure(run(file), UsageError)).to.include('--force');
    expect(await run(file, '--force')).to.equal(0);
  });

  it('does all that can be said of a torrent', async () => {
    const file = folder.write('a.bin', 'x'.repeat(100_000));
    const flags = ['--torrent-version', 'hybrid', '--piece-length', '32KiB', '--private', '--source', 'HERE'];
    const more = [
      '--comment',
      'mine',
      '--web-seed',
      'http://w/a',
      '--tracker',
      'http://t/announce',
      '--tracker',
      'udp://u:1/a',
    ];
    expect(await run(file, ...flags, ...more, '--output', folder.at('b.torrent'))).to.equal(0);
    const bytes = readFileSync(folder.at('b.torrent'));
    expect(readMetainfo(bytes)).to.deep.include({
      version: 'hybrid',
      pieceLength: 32_768,
      isPrivate: true,
      announce: 'http://t/announce',
      announceList: [['http://t/announce', 'udp://u:1/a']],
    });
    const limits = { maxBytes: 2 ** 20, maxDepth: 64, isCanonical: false };
    expect([...rawMembers(bytes, limits).keys()]).to.include.members(['comment', 'url-list', 'piece layers']);
  });

  it('shows progress in a terminal', async () => {
    const file = folder.write('a.bin', Buffer.alloc(9_000_000));
    await main([file], {}, { isTalkSeen: true, ...voices() });
    expect(talk).to.match(/█{20} 100 %.*\n[0-9a-f]{40}\n$/);
  });

  it('says what is wrong', async () => {
    expect(await failure(run(folder.at('nowhere')), PublicError)).to.include('no such file');
    expect(await failure(run(folder.write('a', 'x'), '--piece-length', '20KiB'), UsageError)).to.include(
      'power of two',
    );
    expect(existsSync(folder.at('a.torrent'))).to.equal(false);
  });

  function voices() {
    out = '';
    talk = '';
    return {
      out: (text: string) => {
        out += text;
      },
      talk: (text: string) => {
        talk += text;
      },
    };
  }

  function run(...argv: string[]): Promise<number> {
    return main(argv, {}, { isTalkSeen: false, ...voices() });
  }
});

async function failure(promise: Promise<unknown>, kind: typeof PublicError | typeof UsageError): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(kind);
  return (error as Error).message;
}
