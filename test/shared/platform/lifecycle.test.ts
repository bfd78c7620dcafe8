import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type RunOptions, runService, type Service } from '../../../shared/platform/lifecycle.ts';

class Host extends EventEmitter {
  readonly exits: number[] = [];
  connected?: boolean;

  exit(code: number): void {
    this.exits.push(code);
  }
}

/** A service under test: `stopped` says how its stop ends. */
function run(
  stop: () => Promise<void>,
  options: Partial<RunOptions> = {},
  start?: (asked: AbortSignal) => Promise<Service>,
) {
  const host = new Host();
  const lines: string[] = [];
  const say = (first: unknown, second?: unknown): void => void lines.push(String(second ?? first));
  const clock = { nowMs: 0 };
  const log = { info: say, error: say } as unknown as RunOptions['log'];
  const code = runService(start ?? (async () => ({ stop })), {
    graceMs: 60_000,
    log,
    host,
    now: () => clock.nowMs,
    ...options,
  });
  return { host, lines, clock, code };
}

const never = (): Promise<void> => new Promise(() => {});

describe('shared/platform/lifecycle.ts', () => {
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) {
    it(`drains on ${event} and ends with 0`, async () => {
      let stops = 0;
      const { host, code } = run(async () => void stops++);
      host.emit(event);
      expect(await code).to.equal(0);
      expect(stops).to.equal(1);
      expect(host.exits).to.deep.equal([]);
      expect(host.eventNames()).to.deep.equal([]);
    });
  }

  it('drains at once when the parent was gone before it started', async () => {
    const host = new Host();
    host.connected = false;
    expect(await run(async () => {}, { host }).code).to.equal(0);
  });

  it('tells a start that it is asked to stop, which may give up', async () => {
    const { host, code } = run(never, {}, async (asked) => {
      await once(asked, 'abort');
      throw asked.reason;
    });
    host.emit('SIGINT');
    expect(await code).to.equal(0);
    expect(host.eventNames()).to.deep.equal([]);
  });

  it('rejects when a start fails while it gives up', async () => {
    const { host, code } = run(never, {}, async (asked) => {
      await once(asked, 'abort');
      throw new Error('broken');
    });
    host.emit('SIGINT');
    expect(
      await code.then(
        () => 'ended',
        (error: Error) => error.message,
      ),
    ).to.equal('broken');
  });

  it('ends with 1 at the second signal', async () => {
    const { host, clock, code } = run(never);
    host.emit('SIGINT');
    clock.nowMs = 500;
    host.emit('SIGTERM');
    expect(await code).to.equal(1);
    expect(host.exits).to.deep.equal([1]);
  });

  it('takes a signal right after the first for its echo', async () => {
    const gate = Promise.withResolvers<void>();
    const { host, clock, code } = run(() => gate.promise);
    host.emit('SIGINT');
    clock.nowMs = 499;
    host.emit('SIGINT');
    gate.resolve();
    expect(await code).to.equal(0);
    expect(host.exits).to.deep.equal([]);
  });

  it('does not take the end of the parent for a second signal', async () => {
    const gate = Promise.withResolvers<void>();
    const { host, lines, clock, code } = run(() => gate.promise);
    host.emit('SIGTERM');
    clock.nowMs = 1000;
    host.emit('disconnect');
    gate.resolve();
    expect(await code).to.equal(0);
    expect(lines).to.deep.equal(['asked to stop: draining']);
  });

  it('ends with 1 when the grace time is over', async () => {
    const { host, lines, code } = run(never, { graceMs: 1 });
    host.emit('SIGTERM');
    expect(await code).to.equal(1);
    expect(host.exits).to.deep.equal([1]);
    expect(lines.at(-1)).to.equal('not drained after 1 ms: ending now');
  });

  it('ends with 1 at once and tells the log when stopping fails', async () => {
    const { host, lines, code } = run(() => Promise.reject(new Error('disk full')));
    host.emit('SIGTERM');
    expect(await code).to.equal(1);
    expect(lines.at(-1)).to.equal('stopping failed');
    expect(host.exits).to.deep.equal([1]);
  });

  it('rejects with the error of a start that fails, and listens no more', async () => {
    const { host, code } = run(never, {}, () => Promise.reject(new Error('address in use')));
    const error = await code.catch((caught: unknown) => caught);
    expect(error).to.be.an('error').with.property('message', 'address in use');
    expect(host.eventNames()).to.deep.equal([]);
  });

  it('stops a service that was asked to stop while it was starting, once it has started', async () => {
    const gate = Promise.withResolvers<void>();
    let stops = 0;
    const { host, code } = run(never, {}, async () => {
      await gate.promise;
      return { stop: async () => void stops++ };
    });
    host.emit('SIGTERM');
    gate.resolve();
    expect(await code).to.equal(0);
    expect(stops).to.equal(1);
  });

  it('reloads on SIGHUP, as often as it is asked to, until it drains', async () => {
    let reloads = 0;
    const { host, lines, code } = run(never, {}, async () => ({
      reload: async () => {
        reloads++;
        if (reloads === 2) throw new Error('no such file');
      },
      stop: async () => {},
    }));
    await Promise.resolve();
    for (let i = 0; i < 3; i++) host.emit('SIGHUP');
    host.emit('SIGTERM');
    expect(await code).to.equal(0);
    expect(reloads).to.equal(3);
    expect(lines.filter((line) => line === 'asked to reload')).to.have.length(3);
    expect(lines.filter((line) => line === 'reloading failed')).to.have.length(1);
    expect(host.eventNames()).to.deep.equal([]);
  });

  it('leaves SIGHUP to the system where there is nothing to reload', async () => {
    const { host, code } = run(async () => {});
    await Promise.resolve();
    expect(host.eventNames()).not.to.include('SIGHUP');
    host.emit('SIGTERM');
    await code;
  });

  describe('in a process of its own', () => {
    const program = fileURLToPath(new URL('./lifecycle-service.ts', import.meta.url));
    let child: ChildProcess;
    let output: Interface;

    const start = async (behaviour: 'drains' | 'hangs'): Promise<void> => {
      child = fork(program, [behaviour], { silent: true });
      output = createInterface({ input: child.stdout! });
      expect(await once(output, 'line')).to.deep.equal(['ready']);
    };
    const exitCode = async (): Promise<unknown> => (await once(child, 'exit'))[0];
    afterEach(() => child.kill('SIGKILL'));

    it('drains on SIGTERM and exits with 0, although it has an IPC channel', async () => {
      await start('drains');
      child.kill('SIGTERM');
      expect(await exitCode()).to.equal(0);
    });

    it('exits with 1 on the second signal although the service hangs', async () => {
      await start('hangs');
      child.kill('SIGTERM');
      expect(await once(output, 'line')).to.deep.equal(['stopping']);
      child.kill('SIGINT');
      expect(await exitCode()).to.equal(1);
    });

    it('drains when the parent closes the IPC channel', async () => {
      await start('drains');
      child.disconnect();
      expect(await exitCode()).to.equal(0);
    });
  });
});
