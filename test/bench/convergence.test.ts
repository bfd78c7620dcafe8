import { expect } from 'chai';
import { markdownReport, textReport } from '../../bench/convergence/report.ts';
import { isMet, type Measurement, percentile } from '../../bench/convergence/samples.ts';
import { DEFAULT_TIMES, FAST_TIMES } from '../../bench/convergence/times.ts';

const MEASUREMENT: Measurement = {
  event: 'a node falls',
  target: { text: 'p50 ≤ 1 s, p99 ≤ 2 s', p50Ms: 1000, p99Ms: 2000 },
  samplesMs: [35, 900, 1500, 200, 700_000],
  dependsOn: ['--probe-interval'],
};

describe('bench/convergence', () => {
  it('gives the sample that a share of all does not exceed', () => {
    const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => percentile(samples, share))).to.deep.equal([1, 50, 99, 100]);
    expect(percentile([7], 0.99)).to.equal(7);
    expect(percentile([], 0.5)).to.be.NaN;
  });

  it('holds samples against the least, the median and the slowest that are wanted', () => {
    const samplesMs = [10, 20, 30];
    const met = (bounds: object): boolean => isMet({ ...MEASUREMENT, target: { text: '', ...bounds }, samplesMs });
    expect(met({ leastMs: 10, p50Ms: 20, p99Ms: 30 })).to.equal(true);
    expect(met({ leastMs: 11 })).to.equal(false);
    expect(met({ p50Ms: 19 })).to.equal(false);
    expect(met({ p99Ms: 29 })).to.equal(false);
    expect(isMet({ ...MEASUREMENT, samplesMs: [] })).to.equal(false);
  });

  it('reports every event in units that can be read, and what came of the node that returned', () => {
    const report = { machine: 'a machine', times: DEFAULT_TIMES, measurements: [MEASUREMENT] };
    const text = textReport({ ...report, comeback: { torrents: 9, copied: 0, lost: 0 } });
    expect(text).to.match(/a node falls .*--probe-interval +35 ms +900 ms +11\.7 min +11\.7 min +5 +no$/m);
    expect(text).to.contain('0 of its 9 torrents copied, 0 lost, as it should be');
    expect(markdownReport({ ...report, comeback: { torrents: 9, copied: 1, lost: 0 } })).to.contain(
      'not as it should be',
    );
  });

  it('holds shortened intervals against no target that is one of the usual ones', () => {
    const report = { machine: 'a machine', times: FAST_TIMES, measurements: [MEASUREMENT] };
    const text = textReport({ ...report, comeback: { torrents: 9, copied: 0, lost: 0 } });
    expect(text).to.match(/a node falls .* 5 +-$/m);
    expect(text).to.contain('--dead-after=20s');
  });
});
