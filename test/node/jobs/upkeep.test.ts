import { expect } from 'chai';
import { startUpkeep, type UpkeepOptions } from '../../../node/jobs/upkeep.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { until } from '../../helpers/until.ts';
import { hashOf, NOW } from '../plant-records.ts';

function build() {
  const calls = { sweeps: [] as number[][], expiries: 0, saved: [] as number[] };
  const state = { counts: 2500, isDiskFull: false };
  const options: UpkeepOptions = {
    tracker: {
      stats: { torrents: 480_000 } as UpkeepOptions['tracker']['stats'],
      sweep: (...args) => calls.sweeps.push(args),
      takeDownloaded: (max) => {
        const count = Math.min(max, state.counts);
        state.counts -= count;
        return Array.from({ length: count }, (_, index) => ({ infoHash: hashOf(index), downloaded: 1 }));
      },
    },
    holdings: {
      expire: () => ++calls.expiries < 3,
      saveDownloaded: (counts) => {
        if (state.isDiskFull) throw new Error('disk full');
        calls.saved.push(counts.length);
      },
    },
    clock: { now: () => NOW },
    random: seededRandom(1),
    log: createLog({ level: 'silent', role: 'node' }),
  };
  return { options, calls, state };
}

describe('node/jobs/upkeep.ts', () => {
  it('expires plants at once, as long as there are any, and sweeps a share of the torrents', async () => {
    const { options, calls } = build();
    const upkeep = startUpkeep(options);
    await until(() => calls.expiries === 3 && calls.sweeps.length > 0);
    await upkeep.stop();
    expect(calls.sweeps[0]).to.deep.equal([NOW / 1000, 2000]);
    expect(calls.expiries).to.equal(3);
  });

  it('writes all counts of downloads at the end, in transactions of a thousand', async () => {
    const { options, calls } = build();
    await startUpkeep(options).stop();
    expect(calls.saved).to.deep.equal([1000, 1000, 500]);
  });

  it('keeps the counts that could not be written, and says at the end that it has them still', async () => {
    const { options, calls, state } = build();
    const upkeep = startUpkeep(options);
    state.isDiskFull = true;
    const error = await upkeep.stop().catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'disk full');
    state.isDiskFull = false;
    await upkeep.stop();
    expect(calls.saved).to.deep.equal([1000, 1000, 500]);
  });
});
