import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

const COMMAND = fileURLToPath(new URL('../../bin/anatomic.ts', import.meta.url));

describe('bin/launcher.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('drains when SIGTERM ends the shell that npm started it with, which passes no signal on', async () => {
    const flags = `--http-port 0 --host 127.0.0.1 --data-directory ${folder.at('node')}`;
    // A second command keeps the shell from giving way to the first.
    const script = `${process.execPath} ${COMMAND} node ${flags}; true`;
    const shell = new RunningProcess('sh', ['-c', script], { environment: { npm_lifecycle_event: 'start' } });
    await shell.line(/^ready$/);
    // Ends when the last process that writes to its output has ended.
    await shell.stop('SIGTERM');
    expect(shell.stderrLines.join('\n')).to.include('the parent process is gone: draining');
  });
});
