import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configDirectory, stateDirectory } from '../../../shared/platform/user-directories.ts';

describe('shared/platform/user-directories.ts', () => {
  it('takes the XDG variables, else folders below HOME', () => {
    expect(configDirectory({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).to.equal('/c/anatomic');
    expect(stateDirectory({ XDG_STATE_HOME: '/s', HOME: '/h' })).to.equal('/s/anatomic');
    expect(configDirectory({ HOME: '/h' })).to.equal('/h/.config/anatomic');
    expect(stateDirectory({ HOME: '/h' })).to.equal('/h/.local/state/anatomic');
  });

  it('ignores relative paths, as the specification demands', () => {
    expect(configDirectory({ XDG_CONFIG_HOME: 'c', HOME: '/h' })).to.equal('/h/.config/anatomic');
  });

  it('asks the system when there is no HOME', () => {
    expect(stateDirectory({ HOME: '' })).to.equal(join(homedir(), '.local/state/anatomic'));
  });
});
