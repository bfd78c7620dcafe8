import { expect } from 'chai';
import { recallSupernodes, rememberSupernodes } from '../../../shared/network/supernode-memory.ts';
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
    await rememberSupernodes(file, ['http://a', 'http://b']);
    await rememberSupernodes(file, ['http://c', 'http://b']);
    expect(await recallSupernodes(file)).to.deep.equal(['http://c', 'http://b', 'http://a']);
  });

  it('forgets the oldest beyond its bound', async () => {
    for (let index = 0; index < 30; index++) await rememberSupernodes(file, [`http://s${index}`]);
    const recalled = await recallSupernodes(file);
    expect(recalled).to.have.length(16);
    expect([recalled[0], recalled[15]]).to.deep.equal(['http://s29', 'http://s14']);
  });

  it('does not remember supernodes on this machine', async () => {
    await rememberSupernodes(file, ['http://127.0.0.1:6970', 'http://[::1]:6970']);
    expect(await recallSupernodes(file)).to.deep.equal([]);
  });

  it('recalls nothing from a file that is absent or damaged', async () => {
    expect(await recallSupernodes(file)).to.deep.equal([]);
    expect(await recallSupernodes(folder.write('damaged', '{"supernodes": ["http://a"'))).to.deep.equal([]);
    expect(await recallSupernodes(folder.path)).to.deep.equal([]);
  });
});
