import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fileManager, openFolder } from '../../../planter/wizard/open-folder.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { until } from '../../helpers/until.ts';

describe('planter/wizard/open-folder.ts', () => {
  it('knows where there is a desktop', () => {
    expect(fileManager('darwin', {})).to.equal('open');
    expect(fileManager('win32', {})).to.equal('explorer');
    expect(fileManager('linux', { DISPLAY: ':0' })).to.equal('xdg-open');
    expect(fileManager('linux', { WAYLAND_DISPLAY: 'wayland-0' })).to.equal('xdg-open');
    expect(fileManager('linux', { DISPLAY: '' })).to.equal(undefined);
  });

  it('hands the folder over, and is quiet about a program that is not there', async () => {
    using folder = new TemporaryFolder();
    const opened = folder.at('opened');
    const program = folder.write(
      'manager',
      `#!/bin/sh\nprintf %s "$1" > '${opened}.new'; mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(program, 0o755);
    await openFolder(program, '/a b');
    await until(() => existsSync(opened));
    expect(readFileSync(opened, 'utf8')).to.equal('/a b');
    await openFolder(folder.at('nothing'), '/a b');
  });
});
