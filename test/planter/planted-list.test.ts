import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type PlantedEntry, PlantedList } from '../../planter/planted-list.ts';
import { PublicError } from '../../shared/errors.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

const fail = (text: string): void => expect.fail(text);
const A: PlantedEntry = entry('a', 1);

describe('planter/planted-list.ts', () => {
  let folder: TemporaryFolder;
  let list: PlantedList;

  beforeEach(() => {
    folder = new TemporaryFolder();
    list = new PlantedList(folder.at('state/planted'));
  });

  afterEach(() => folder.remove());

  it('is empty at first', async () => {
    expect(await list.read()).to.deep.equal([]);
  });

  it('warns of what it cannot write, and loses nothing for it', async () => {
    const warnings: string[] = [];
    const blocked = new PlantedList(join(folder.write('taken', ''), 'planted'));
    await blocked.add(A, (text) => warnings.push(text));
    await blocked.remove(A.planter, A.hashes, (text) => warnings.push(text));
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/could not be changed: .*planted: /);
  });

  it('does not take a list that cannot be read for an empty one', async () => {
    const error: unknown = await new PlantedList(folder.write('taken', '')).read().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError);
  });

  it('keeps the last word about each torrent of each key', async () => {
    for (const one of [A, entry('b', 2), { ...A, at: 3 }, { ...A, planter: 'f'.repeat(64), at: 4 }])
      await list.add(one, fail);
    expect((await list.read()).map(({ at }) => at)).to.deep.equal([2, 3, 4]);
    for (const name of readdirSync(folder.at('state/planted'))) {
      expect(statSync(folder.at(`state/planted/${name}`)).mode & 0o777).to.equal(0o600);
    }
  });

  it('loses nothing when several programs write at once', async () => {
    const entries = Array.from({ length: 40 }, (_, index) => ({
      ...A,
      hashes: [`${index}`.padStart(40, '0')],
      at: index,
    }));
    const others = [list, new PlantedList(folder.at('state/planted'))];
    await Promise.all(entries.flatMap((one) => others.map((other) => other.add(one, fail))));
    expect(await list.read()).to.deep.equal(entries);
  });

  it('forgets what was uprooted, by whichever of its hashes', async () => {
    const hybrid = { ...A, hashes: ['a'.repeat(40), 'b'.repeat(40)] };
    await list.add(hybrid, fail);
    await list.remove('f'.repeat(64), hybrid.hashes, fail);
    expect(await list.read()).to.deep.equal([hybrid]);
    await list.remove(A.planter, [...hybrid.hashes].reverse(), fail);
    expect(await list.read()).to.deep.equal([]);
  });

  it('leaves out files that hold something else', async () => {
    await list.add(A, fail);
    for (const [index, text] of ['{"planter":\n', '[]', '{"hashes":["../x"]}', 'null', ''].entries()) {
      folder.write(`state/planted/${`${index}`.padStart(40, '0')}-${A.planter}.json`, text);
    }
    folder.write('state/planted/notes.txt', 'mine');
    expect(await list.read()).to.deep.equal([A]);
  });
});

function entry(digit: string, at: number): PlantedEntry {
  const hashes = [digit.repeat(40)];
  return { planter: 'e'.repeat(64), hashes, copies: 3, source: `/${digit}`, supernodes: [], at };
}
