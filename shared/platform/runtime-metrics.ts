// What every role tells of its process: memory, processor, how late the event loop runs. Names as dashboards for Node.js
// know them. (prom-client's own set lists every open handle and file at each scrape: milliseconds with many clients.)

import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { counter, gauge, type Metric, samplesBy } from './metrics.ts';
import { VERSION } from './software.ts';

/** How finely the delay of the event loop is measured, by a timer that runs no JavaScript. */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

export class RuntimeMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** What happened in the event loop is told for the time since the last call. */
  collect(): Metric[] {
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      gauge('anatomic_info', 'The version that runs.', [{ value: 1, labels: { version: VERSION } }]),
      gauge('process_start_time_seconds', 'Unix time of the start.', performance.timeOrigin / 1000),
      counter('process_cpu_user_seconds_total', 'Processor time in user mode.', user / MICROSECONDS),
      counter('process_cpu_system_seconds_total', 'Processor time in the kernel.', system / MICROSECONDS),
      gauge('process_resident_memory_bytes', 'Memory in use.', rss),
      gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', heapUsed),
      gauge('nodejs_heap_size_total_bytes', 'JavaScript heap reserved.', heapTotal),
      gauge('nodejs_external_memory_bytes', 'Memory of buffers and arrays outside the heap.', external),
      ...this.#eventLoop(),
    ];
  }

  stop(): void {
    this.#delay.disable();
  }

  #eventLoop(): Metric[] {
    const delay = this.#delay;
    const delays = { '0.5': delay.percentile(50), '0.99': delay.percentile(99), '1': delay.max };
    const seconds = Object.entries(delays).map(([quantile, ns]) => [quantile, lateness(ns)]);
    delay.reset();
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    return [
      gauge(
        'nodejs_eventloop_delay_seconds',
        'How late timers ran since the last scrape, by quantile.',
        samplesBy('quantile', Object.fromEntries(seconds)),
      ),
      gauge('nodejs_eventloop_utilization', 'Share of the time since the last scrape in which it worked.', utilization),
    ];
  }
}

/** The histogram counts the time between two ticks, which is the resolution when nothing is late. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds - RESOLUTION_MS * 1e6) / NANOSECONDS;
}
