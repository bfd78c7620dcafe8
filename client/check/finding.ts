// One judgement: about what, how it went, and why.

export type Verdict = 'pass' | 'warn' | 'fail';

export interface Finding {
  readonly verdict: Verdict;
  /** A word or two: 'interval', 'peers'. */
  readonly topic: string;
  readonly text: string;
}

export function pass(topic: string, text: string): Finding {
  return { verdict: 'pass', topic, text };
}

/** Usable, yet better otherwise, or not to be told from here. */
export function warn(topic: string, text: string): Finding {
  return { verdict: 'warn', topic, text };
}

/** Clients, or some of them, get no good from the tracker. */
export function fail(topic: string, text: string): Finding {
  return { verdict: 'fail', topic, text };
}

export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ verdict }) => verdict === 'fail');
}

/** What a reader noticed about an answer, as findings. */
export function remarksOf(
  topic: string,
  { defects, oddities }: { readonly defects: readonly string[]; readonly oddities: readonly string[] },
): Finding[] {
  return [...defects.map((text) => fail(topic, text)), ...oddities.map((text) => warn(topic, text))];
}
