import { expect } from 'chai';
import { writeMetrics } from '../../../shared/platform/metrics.ts';
import { RuntimeMetrics } from '../../../shared/platform/runtime-metrics.ts';
import { VERSION } from '../../../shared/platform/software.ts';

describe('shared/platform/runtime-metrics.ts', () => {
  it('tells version, memory, processor time and how late the event loop runs', async () => {
    const runtime = new RuntimeMetrics();
    const text = await writeMetrics(runtime.collect());
    runtime.stop();
    const value = (name: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    expect(text).to.include(`anatomic_info{version="${VERSION}"} 1`);
    expect(value('process_resident_memory_bytes')).to.be.above(1e6);
    expect(value('process_cpu_user_seconds_total')).to.be.above(0);
    expect(value('process_start_time_seconds')).to.be.closeTo(Date.now() / 1000, 3600);
    expect(value('nodejs_eventloop_utilization')).to.be.within(0, 1);
    expect(text).to.match(/nodejs_eventloop_delay_seconds\{quantile="0\.99"\} [\d.e-]+\n/);
  });

  it('knows no lateness before a tick was measured', () => {
    const runtime = new RuntimeMetrics();
    const delay = runtime.collect().find(({ name }) => name === 'nodejs_eventloop_delay_seconds');
    runtime.stop();
    for (const { value } of delay!.samples) expect(value).to.be.within(0, 1);
  });
});
