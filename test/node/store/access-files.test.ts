import { expect } from 'chai';
import { AccessLists } from '../../../node/access/access-lists.ts';
import { type AccessFileNames, AccessFiles } from '../../../node/store/access-files.ts';
import { UsageError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const A = 'aa'.repeat(20);
const B = 'bb'.repeat(20);
const V2 = `${'cc'.repeat(20)}${'00'.repeat(12)}`;

describe('node/store/access-files.ts', () => {
  let folder: TemporaryFolder;
  let lists: AccessLists;
  let said: unknown[];

  beforeEach(() => {
    folder = new TemporaryFolder();
    lists = new AccessLists();
    said = [];
  });
  afterEach(() => folder.remove());

  function open(names: Partial<AccessFileNames>): AccessFiles {
    const all = { allowTorrents: undefined, denyTorrents: undefined, banNetworks: undefined, ...names };
    const say = (report: unknown): void => void said.push(report);
    return new AccessFiles(all, lists, seededRandom(1), { info: say, error: say } as never);
  }
  const denies = (hash: string): boolean => lists.checkTorrent(Buffer.from(hash, 'hex'), 0) !== undefined;

  it('reads hashes and networks, with comments, blanks, empty lines and any line ends', async () => {
    const denyTorrents = folder.write('deny', `# why\n\n  ${A}\t# a word\r\n${V2}#\n   \n#${B}\n${A}`);
    const banNetworks = folder.write('ban', '192.0.2.0/24 # spam\n2001:db8::/32\n\n');
    await open({ denyTorrents, banNetworks }).load();
    expect([denies(A), denies(V2), denies(B)]).to.deep.equal([true, true, false]);
    expect(lists.banned!.has(Buffer.from([192, 0, 2, 1]), 4)).to.equal(true);
    expect(lists.allowed).to.equal(undefined);
    expect(said).to.deep.equal([
      { file: denyTorrents, count: 2 },
      { file: banNetworks, count: 2 },
    ]);
  });

  it('reads a file much larger than the pieces it comes in', async () => {
    const hashes = Array.from({ length: 5000 }, (_, i) => i.toString(16).padStart(40, '0'));
    await open({ denyTorrents: folder.write('deny', hashes.join('\n')) }).load();
    expect(lists.denied!.count).to.equal(5000);
    expect(hashes.every(denies)).to.equal(true);
  });

  it('allows nothing by an empty file', async () => {
    await open({ allowTorrents: folder.write('allow', '') }).load();
    expect(denies(A)).to.equal(true);
  });

  it('refuses to begin with a file that is missing or broken, naming file and line', async () => {
    const missing = await open({ denyTorrents: folder.at('none') })
      .load()
      .catch((error: unknown) => error);
    expect(missing).to.be.instanceOf(UsageError).with.property('message').that.includes('none: no such file');
    expect(said, 'no list from before').to.deep.equal([]);
    const denyTorrents = folder.write('deny', `${A}\n\n${A}0\n`);
    const broken = await open({ denyTorrents })
      .load()
      .catch((error: unknown) => error);
    expect(broken).to.be.instanceOf(UsageError);
    expect(String(broken)).to.include(`${denyTorrents}: line 3 is not an info hash of 40 or 64 hex digits`);
    const endless = folder.write('ban', 'x'.repeat(100_000));
    const long = await open({ banNetworks: endless })
      .load()
      .catch((error: unknown) => error);
    expect(String(long)).to.include('line 1 is longer than 4096 bytes');
  });

  it('replaces a list whole, keeps it when the file is broken, and says so', async () => {
    const denyTorrents = folder.write('deny', A);
    const files = open({ denyTorrents });
    await files.load();
    folder.write('deny', B);
    expect(await files.reload()).to.deep.equal([{ file: denyTorrents, count: 1 }]);
    expect([denies(A), denies(B)]).to.deep.equal([false, true]);
    folder.write('deny', `${A}\nnonsense`);
    const error = 'line 2 is not an info hash of 40 or 64 hex digits';
    expect(await files.reload()).to.deep.equal([{ file: denyTorrents, error }]);
    expect([denies(A), denies(B)]).to.deep.equal([false, true]);
    expect(said.at(-1)).to.deep.equal({ file: denyTorrents, error });
  });

  it('reads one time after the other when asked for more at once', async () => {
    const files = open({ denyTorrents: folder.write('deny', A) });
    const first = files.reload();
    folder.write('deny', `${A}\n${B}`);
    await Promise.all([first, files.reload()]);
    expect(lists.denied!.count).to.equal(2);
  });
});
