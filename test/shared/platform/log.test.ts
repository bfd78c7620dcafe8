import { type StdioOptions, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { createLog, type LogLevel } from '../../../shared/platform/log.ts';

function record(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog({ level, role: 'node', destination: { write: (line) => void lines.push(line) } });
  return { lines, log };
}

describe('shared/platform/log.ts', () => {
  it('writes one JSON object per line, with level, time, role and what was said', () => {
    const { lines, log } = record('info');
    log.info({ torrents: 3 }, 'swept');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/\n$/);
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(rest).to.deep.equal({ level: 'info', role: 'node', torrents: 3, msg: 'swept' });
    expect(new Date(time).toISOString()).to.equal(time);
  });

  it('tells an error with its cause', () => {
    const { lines, log } = record('info');
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(JSON.parse(lines[0]!).err.message).to.equal('outer: inner');
  });

  it('goes on, in bounded memory, when its lines cannot be written', function () {
    if (!existsSync('/dev/full')) this.skip();
    const module = new URL('../../../shared/platform/log.ts', import.meta.url);
    const script = `
      const { createLog } = await import('${module}');
      const log = createLog({ level: 'info', role: 'node' });
      for (let line = 0; line < 100_000; line++) log.info('x'.repeat(1000));
      console.log(process.memoryUsage().heapUsed + process.memoryUsage().external);
    `;
    const full = openSync('/dev/full', 'w');
    const stdio: StdioOptions = ['ignore', 'pipe', full];
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { stdio });
    closeSync(full);
    expect(status).to.equal(0);
    expect(Number(stdout)).to.be.within(1, 60_000_000);
  });

  it('leaves out what is less important than the level', () => {
    const { lines, log } = record('warn');
    log.info('no');
    log.warn('yes');
    expect(lines).to.have.length(1);
    const silent = record('silent');
    silent.log.fatal('no');
    expect(silent.lines).to.deep.equal([]);
  });
});
