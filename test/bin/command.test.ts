import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import { RunningProcess } from '../helpers/running-process.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';

/** Runs the command to its end. */
async function anatomic(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using process = startAnatomic(args);
  const code = await process.end();
  return { code, stdout: process.stdoutLines.join('\n'), stderr: process.stderrLines.join('\n') };
}

describe('bin/command.ts', () => {
  it('prints its commands with --help, to standard output', async () => {
    const { code, stdout } = await anatomic('--help');
    expect(code).to.equal(0);
    for (const name of ['up', 'node', 'supernode', 'plant', 'check'])
      expect(stdout).to.match(new RegExp(`^ {2}${name} `, 'm'));
  });

  it('prints its version', async () => {
    const { code, stdout } = await anatomic('--version');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^\d+\.\d+\.\d+$/);
  });

  it('prints its commands to standard error and exits with 2 without a command', async () => {
    const { code, stdout, stderr } = await anatomic();
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.include('Usage: anatomic COMMAND');
  });

  it('names an unknown command in one line with a hint and exits with 2', async () => {
    const { code, stderr } = await anatomic('constructor');
    expect(code).to.equal(2);
    expect(stderr).to.equal("anatomic: no command 'constructor'\nTry: anatomic --help");
  });

  it('offers the command that was meant', async () => {
    expect((await anatomic('palnt', 'x')).stderr).to.match(/^anatomic: no command 'palnt'; did you mean plant\?\n/);
  });

  it('tells the options of a command with help COMMAND', async () => {
    const { code, stdout } = await anatomic('help', 'create');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Usage: anatomic create /);
  });

  it('takes no empty argument for the folder of the moment', async () => {
    const { code, stderr } = await anatomic('plant', '');
    expect([code, stderr]).to.deep.equal([2, 'anatomic plant: PATH is empty\nTry: anatomic plant --help']);
  });

  it('fails in one line when its output cannot be written', async () => {
    const command = fileURLToPath(new URL('../../bin/anatomic.ts', import.meta.url));
    const line = 'exec "$0" "$1" --version >/dev/full';
    await using unread = new RunningProcess('sh', ['-c', line, process.execPath, command]);
    expect(await unread.end()).to.equal(1);
    expect(unread.stderrLines).to.deep.equal([
      'anatomic: the output cannot be written: ENOSPC: no space left on device, write',
    ]);
  });

  it('obeys no control characters of its arguments', async () => {
    for (const args of [
      ['create', '/nowhere/\x1b[31m'],
      ['status', '\x1b[31m'],
    ]) {
      const { code, stderr } = await anatomic(...args);
      expect(code).to.equal(1);
      expect(stderr).to.include('[31m').and.not.include('\x1b');
    }
  });

  it('names an unknown option of a command in one line with a hint and exits with 2', async () => {
    const { code, stderr } = await anatomic('node', '--htp-port', '1');
    expect(code).to.equal(2);
    expect(stderr).to.match(/^anatomic node: .*--htp-port.*\nTry: anatomic node --help$/);
  });

  it('says in one line, and once, why a command cannot go on, and exits with 1', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write('node.sqlite', 'not a database, '.repeat(100));
    const { code, stdout, stderr } = await anatomic('node', '--http-port', '0', '--data-directory', folder.path);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.equal(
      `anatomic node: cannot open database ${file}: file is not a database; restore it from a backup, or move it away`,
    );
  });

  it('says what a stranger may read without what the system calls it', async () => {
    const { code, stderr } = await anatomic('get', '/no/such.torrent');
    expect([code, stderr]).to.deep.equal([1, 'anatomic get: /no/such.torrent: no such file or folder']);
  });

  for (const name of ['up', 'node', 'supernode', 'plant', 'check']) {
    it(`tells the options of ${name}`, async () => {
      const { code, stdout } = await anatomic(name, '--help');
      expect(code).to.equal(0);
      expect(stdout).to.include(`anatomic ${name}`);
    });
  }
});
