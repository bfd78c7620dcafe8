import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';

describe('node/main.ts', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'anatomic-main-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('prints the bound addresses and `ready` on standard output, talks on standard error, and drains on SIGTERM', async () => {
    const node = startAnatomic(['node', '--host', '127.0.0.1', '--http-port', '0', '--data-directory', directory]);
    await node.line(/^ready$/);
    expect(node.stdoutLines).to.have.length(3);
    expect(node.stdoutLines[0]).to.match(/^listening http:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(node.stdoutLines[1]).to.match(/^listening udp:\/\/127\.0\.0\.1:\d+\/announce$/);
    expect(await node.stop()).to.equal(0);
    expect(node.stderrLines.every((line) => line.startsWith('{'))).to.equal(true);
  });

  it('ends with 2 and one line and a hint for a wrong option', async () => {
    const node = startAnatomic(['node', '--supernode', 'http://127.0.0.1:1', '--data-directory', directory]);
    expect(await node.end()).to.equal(2);
    expect(node.stdoutLines).to.deep.equal([]);
    expect(node.stderrLines).to.have.length(2);
    expect(node.stderrLines[0]).to.include('--public-url');
  });

  it('prints its help', async () => {
    const node = startAnatomic(['node', '--help']);
    expect(await node.end()).to.equal(0);
    expect(node.stdoutLines.join('\n')).to.include('--http-port').and.include('ANATOMIC_MAX_TORRENTS');
  });
});
