import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { expect } from 'chai';
import { ListEditor } from '../../../node/store/list-editor.ts';
import { PublicError } from '../../../shared/errors.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const B_V2 = `${B}${'0'.repeat(24)}`;
const C = 'c'.repeat(40);

describe('node/store/list-editor.ts', () => {
  let folder: TemporaryFolder;
  let reloads: number;
  beforeEach(() => {
    folder = new TemporaryFolder();
    reloads = 0;
  });
  afterEach(() => folder.remove());

  const create = (denyTorrents?: string, banNetworks?: string): ListEditor =>
    new ListEditor({ allowTorrents: undefined, denyTorrents, banNetworks }, async () => {
      reloads++;
      return [{ file: 'list', count: reloads }];
    });
  const read = (file: string): string => readFileSync(file, 'latin1');

  it('adds entries at the end, each once, and keeps comments and bytes that are none of its business', async () => {
    const file = folder.write('deny', Buffer.from(`# caf\xe9\n${A} # first\r\n\nnonsense\n${B}`, 'latin1'));
    const report = await create(file).change('denyTorrents', { added: [C.toUpperCase(), C, A] });
    expect(report).to.deep.equal([{ file: 'list', count: 1 }]);
    expect(read(file)).to.equal(`# caf\xe9\n\nnonsense\n${B}\n${C}\n${A}\n`);
  });

  it('takes entries out, however they are written', async () => {
    const file = folder.write('deny', `${A}\n  ${B_V2.toUpperCase()}  # long\n${C}\n`);
    await create(file).change('denyTorrents', { removed: [B, C] });
    expect(read(file)).to.equal(`${A}\n`);
    const bans = folder.write('ban', '192.0.2.7/32\n2001:DB8:0:0::/32\n198.51.100.0/24\n');
    await create(undefined, bans).change('banNetworks', { removed: ['192.0.2.7', '2001:db8::/32'], added: ['::1'] });
    expect(read(bans)).to.equal('198.51.100.0/24\n::1\n');
  });

  it('edits lists longer than one piece', async () => {
    const hashes = Array.from({ length: 5000 }, (_, index) => index.toString(16).padStart(40, '0'));
    const file = folder.write('deny', hashes.join('\n'));
    await create(file).change('denyTorrents', { removed: [hashes[0]!, hashes[2500]!, hashes[4999]!], added: [A] });
    const left = hashes.filter((_, index) => ![0, 2500, 4999].includes(index));
    expect(read(file).split('\n')).to.deep.equal([...left, A, '']);
  });

  it('makes one change after the other, and goes on after one that failed', async () => {
    const file = folder.write('deny', '');
    const editor = create(file);
    const changes = [A, B, C].map((added) => editor.change('denyTorrents', { added: [added] }));
    await Promise.all(changes);
    expect(read(file)).to.equal(`${A}\n${B}\n${C}\n`);
    expect(reloads).to.equal(3);
  });

  it('keeps the mode of the file and the link that leads to it, and leaves nothing else behind', async () => {
    const file = folder.write('deny', `${A}\n`);
    chmodSync(file, 0o640);
    symlinkSync(file, folder.at('link'));
    await create(folder.at('link')).change('denyTorrents', { added: [B] });
    expect(read(file)).to.equal(`${A}\n${B}\n`);
    expect(statSync(file).mode & 0o777).to.equal(0o640);
    expect(readdirSync(folder.path)).to.have.members(['deny', 'link']);
  });

  it('refuses what is no entry, and a list that has no file, before it touches anything', () => {
    const file = folder.write('deny', `${A}\n`);
    const editor = create(file);
    expect(() => editor.change('denyTorrents', { added: [B, 'x'] }))
      .to.throw(PublicError)
      .with.property('code', 'info-hash');
    expect(() => editor.change('banNetworks', { added: ['::1'] })).to.throw(PublicError, '--ban-networks');
    expect(() => create(undefined, file).change('banNetworks', { removed: ['nobody'] })).to.throw(
      PublicError,
      'network',
    );
    expect(read(file)).to.equal(`${A}\n`);
  });

  it('says which file is gone', async () => {
    const error = await create(folder.at('gone'))
      .change('denyTorrents', { added: [A] })
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes('no such file');
    expect(reloads).to.equal(0);
  });
});
