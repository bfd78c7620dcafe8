import { expect } from 'chai';
import { startSelfPaced } from '../../../node/jobs/self-paced.ts';
import { until } from '../../helpers/until.ts';

describe('node/jobs/self-paced.ts', () => {
  it('runs at once, again after each pause, and never again when told so', async () => {
    const pauses = [1, 1, undefined];
    let runs = 0;
    const loop = startSelfPaced(async () => pauses[runs++]);
    await loop.firstRun;
    expect(runs).to.equal(1);
    await until(() => runs === 3);
    await loop.stop();
    expect(runs).to.equal(3);
  });

  it('aborts the run in progress when it is stopped, waits for it, and runs no more', async () => {
    let hasEnded = false;
    const loop = startSelfPaced(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      hasEnded = true;
      return 1;
    });
    await loop.stop();
    expect(hasEnded).to.equal(true);
  });
});
