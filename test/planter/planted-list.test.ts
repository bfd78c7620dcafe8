import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type PlantedEntry, PlantedList } from '../../planter/planted-list.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

const fail = (text: string): void => expect.fail(text);
const A: PlantedEntry = entry('a', 1);

describe('planter/planted-list.ts', () => {
  let folder: TemporaryFolder;
  let file: string;
  let list: PlantedList;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = folder.at('state/planted.jsonl');
    list = new PlantedList(file);
  });

  afterEach(() => folder.remove());

  it('is empty at first', async () => {
    expect(await list.read()).to.deep.equal([]);
  });

  it('warns of what it cannot write, and loses nothing for it', async () => {
    const warnings: string[] = [];
    await new PlantedList(join(folder.write('taken', ''), 'planted.jsonl')).add(A, (text) => warnings.push(text));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^not noted .*(?:ENOTDIR|EEXIST)/);
  });

  it('keeps the last word about each torrent of each key', async () => {
    for (const one of [A, entry('b', 2), { ...A, at: 3 }, { ...A, planter: 'f'.repeat(64), at: 4 }])
      await list.add(one, fail);
    expect((await list.read()).map(({ at }) => at)).to.deep.equal([2, 3, 4]);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('forgets what was uprooted', async () => {
    await list.add(A, fail);
    await list.add({ ...A, copies: 0, at: 2 }, fail);
    expect(await list.read()).to.deep.equal([]);
  });

  it('leaves out lines that cannot be read', async () => {
    await list.add(A, fail);
    appendFileSync(file, '{"planter":\n[]\n{"hashes":["../x"]}\nnull\n');
    expect(await list.read()).to.deep.equal([A]);
  });

  it('is written anew when most of it has been overtaken', async () => {
    await list.add(A, fail);
    appendFileSync(file, `${JSON.stringify({ ...A, at: 2 })}\n`.repeat(1001));
    expect(await list.read()).to.deep.equal([{ ...A, at: 2 }]);
    expect(readFileSync(file, 'utf8')).to.equal(`${JSON.stringify({ ...A, at: 2 })}\n`);
  });
});

function entry(digit: string, at: number): PlantedEntry {
  const hashes = [digit.repeat(40)];
  return { planter: 'e'.repeat(64), hashes, copies: 3, source: `/${digit}`, supernodes: [], at };
}
