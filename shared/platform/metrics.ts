// The one door to prom-client: metrics in the text form that Prometheus reads. Whoever counts keeps plain numbers; they
// become metrics only when somebody asks.

import { Counter, Gauge, Registry } from 'prom-client';

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Metric {
  /** `anatomic_node_announces_total`: with the role, the unit, and `_total` for a counter. */
  readonly name: string;
  readonly help: string;
  /** A counter never falls while the process runs. */
  readonly kind: 'counter' | 'gauge';
  /** All with the same names of labels. */
  readonly samples: readonly Sample[];
}

/** Media type of what `writeMetrics` gives. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics without samples are left out: their labels are not known yet. */
export function writeMetrics(metrics: readonly Metric[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, kind, samples } of metrics) {
    const [first] = samples;
    if (first === undefined) continue;
    const labelNames = Object.keys(first.labels ?? {});
    const options = { name, help, labelNames, registers: [registry] };
    const metric = kind === 'counter' ? new Counter(options) : new Gauge(options);
    for (const { labels = {}, value } of samples) metric.inc(labels, value);
  }
  return registry.metrics();
}

export function counter(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, help, kind: 'counter', samples: typeof samples === 'number' ? [{ value: samples }] : samples };
}

export function gauge(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, help, kind: 'gauge', samples: typeof samples === 'number' ? [{ value: samples }] : samples };
}

/** One sample for each member: `{ up: 3 }` with the label `state` is `{state="up"} 3`. */
export function samplesBy(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]) => ({ value, labels: { [label]: key } }));
}
