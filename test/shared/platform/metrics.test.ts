import { expect } from 'chai';
import { counter, gauge, METRICS_TYPE, samplesBy, writeMetrics } from '../../../shared/platform/metrics.ts';

describe('shared/platform/metrics.ts', () => {
  it('writes the text form of Prometheus', async () => {
    expect(METRICS_TYPE).to.match(/^text\/plain; version=0\.0\.4/);
    const metrics = [
      counter('x_total', 'Things counted.', 3),
      gauge('y', 'Things there.', samplesBy('state', { up: 2, 'down "\n': 0 })),
      counter('z_total', 'What never happened.', []),
    ];
    expect(await writeMetrics(metrics)).to.equal(
      [
        '# HELP x_total Things counted.\n# TYPE x_total counter\nx_total 3\n',
        '# HELP y Things there.\n# TYPE y gauge\ny{state="up"} 2\ny{state="down \\"\\n"} 0\n',
      ].join('\n'),
    );
  });

  it('refuses names that Prometheus does not read', () => {
    expect(() => writeMetrics([gauge('not-a-name', 'Wrong.', 1)])).to.throw(/[Nn]ame/);
  });
});
