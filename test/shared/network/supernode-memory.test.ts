import { statSync } from 'node:fs';
import { expect } from 'chai';
import type { NamedSupernode } from '../../../shared/network/named-supernode.ts';
import { SupernodeMemory } from '../../../shared/network/supernode-memory.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

describe('shared/network/supernode-memory.ts', () => {
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = folder.at('state', 'anatomic', 'supernodes.json');
  });

  afterEach(() => folder.remove());

  it('recalls what it was told, the latest first and each once', async () => {
    const memory = new SupernodeMemory(file, '');
    await memory.remember([supernode(1), supernode(2)]);
    await memory.remember([supernode(3), supernode(2)]);
    expect(await memory.recall()).to.deep.equal([supernode(3), supernode(2), supernode(1)]);
  });

  it('knows a supernode that moved, and one that came back with another key, once', async () => {
    const memory = new SupernodeMemory(file, '');
    const moved = { id: supernode(1).id, url: 'http://192.0.2.200' };
    const rekeyed = { id: 'ff'.repeat(32), url: supernode(2).url };
    await memory.remember([supernode(1), supernode(2)]);
    await memory.remember([moved, rekeyed]);
    expect(await memory.recall()).to.deep.equal([moved, rekeyed]);
  });

  it('keeps the supernodes of each network that the user names apart', async () => {
    await new SupernodeMemory(file, '').remember([supernode(1)]);
    await new SupernodeMemory(file, 'example.org').remember([supernode(2)]);
    expect(await new SupernodeMemory(file, '').recall()).to.deep.equal([supernode(1)]);
    expect(await new SupernodeMemory(file, 'example.org').recall()).to.deep.equal([supernode(2)]);
    expect(await new SupernodeMemory(file, 'example.net').recall()).to.deep.equal([]);
  });

  it('forgets the oldest beyond its bounds', async () => {
    const memory = new SupernodeMemory(file, '');
    for (let index = 0; index < 30; index++) await memory.remember([supernode(index)]);
    const recalled = await memory.recall();
    expect(recalled).to.have.length(16);
    expect([recalled[0], recalled[15]]).to.deep.equal([supernode(29), supernode(14)]);
    for (let index = 0; index < 16; index++) await new SupernodeMemory(file, `${index}`).remember(recalled);
    expect(await memory.recall()).to.deep.equal([]);
    expect(await new SupernodeMemory(file, '0').recall()).to.deep.equal(recalled);
    expect(statSync(file).size).to.be.below(64 * 1024);
  });

  it('does not remember supernodes on this machine', async () => {
    const memory = new SupernodeMemory(file, '');
    await memory.remember(['http://127.0.0.1:6970', 'http://[::1]:6970'].map((url) => ({ ...supernode(1), url })));
    expect(await memory.recall()).to.deep.equal([]);
  });

  const garbage = [
    '',
    '{"networks": {"": ["http://a"',
    'null',
    '7',
    '[]',
    '{"networks": null}',
    '{"networks": 7}',
    '{"networks": {"": null}}',
    '{"networks": {"": [null, 7, "x", "ftp://a", {}, "http://a/path"]}}',
    '{"supernodes": ["http://a"]}',
    `{"networks": {"": ["http://a"]}}${' '.repeat(300_000)}`,
  ];
  for (const text of garbage) {
    it(`recalls nothing from ${text.length > 99 ? 'a file that is too large' : `'${text}'`}, and writes over it`, async () => {
      const memory = new SupernodeMemory(folder.write('garbage', text), '');
      expect(await memory.recall()).to.deep.equal([]);
      await memory.remember([supernode(1)]);
      expect(await memory.recall()).to.deep.equal([supernode(1)]);
    });
  }

  it('recalls no more than it keeps, whoever wrote the file', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => `http://s${index}.example`);
    const memory = new SupernodeMemory(folder.write('many', JSON.stringify({ networks: { '': many } })), '');
    expect(await memory.recall()).to.have.length(16);
  });

  it('recalls nothing from a file that is absent or no file', async () => {
    expect(await new SupernodeMemory(file, '').recall()).to.deep.equal([]);
    expect(await new SupernodeMemory(folder.path, '').recall()).to.deep.equal([]);
  });
});

function supernode(number: number): NamedSupernode {
  return { id: `${number}`.padStart(64, '0'), url: `http://192.0.2.${number}:6970` };
}
