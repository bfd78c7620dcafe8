import { expect } from 'chai';
import type { NodeEntry } from '../../../supernode/directory/entry.ts';
import { LocalHealth } from '../../../supernode/directory/local-health.ts';
import { Mortality } from '../../../supernode/directory/mortality.ts';
import { Observations } from '../../../supernode/directory/observations.ts';
import { Registry } from '../../../supernode/directory/registry.ts';
import { nodeEntry, START, signer } from '../records.ts';

const DEAD_AFTER_MS = 600_000;
const FRESH_MS = 40_000;
const NODE = signer(1);
const [FIRST, SECOND] = [signer(101).id, signer(102).id];

describe('supernode/directory/mortality.ts', () => {
  let nodes: Registry<NodeEntry>;
  let health: LocalHealth;
  let observations: Observations;
  let mortality: Mortality;

  beforeEach(() => {
    nodes = new Registry();
    health = new LocalHealth(START);
    observations = new Observations(FRESH_MS);
    mortality = new Mortality({ nodes, health, observations, deadAfterMs: DEAD_AFTER_MS });
    nodes.put(nodeEntry(NODE), START);
    nodes.note(NODE.id, true, START);
  });

  /** The node misses pings from START on; it is `now`. */
  const fallSilent = (now: number): void => {
    for (let missed = 0; missed < 3; missed++) nodes.note(NODE.id, false, now);
  };
  const report = (reporter: string, silentSeconds: number, now: number, isHealthy = true): void =>
    observations.put(reporter, { isHealthy, observations: [{ node: NODE.id, silentSeconds }] }, now);
  const isDeadAt = (now: number): boolean => {
    mortality.update(now);
    return mortality.isDead(NODE.id);
  };

  it('lets a node that is silent for less than ten minutes live, whatever others say', () => {
    fallSilent(START + 1000);
    report(FIRST, 10_000, START + DEAD_AFTER_MS - 1);
    expect(isDeadAt(START + DEAD_AFTER_MS - 1)).to.equal(false);
  });

  it('waits twice as long when nobody else reports', () => {
    fallSilent(START + 1000);
    expect(isDeadAt(START + 2 * DEAD_AFTER_MS - 1)).to.equal(false);
    expect(isDeadAt(START + 2 * DEAD_AFTER_MS)).to.equal(true);
  });

  it('calls a node dead when two thirds of those that report, itself among them, have heard nothing for so long', () => {
    const now = START + DEAD_AFTER_MS;
    fallSilent(START + 1000);
    report(FIRST, 600, now);
    report(SECOND, 599, now);
    expect(isDeadAt(now)).to.equal(true);
  });

  it('lets a node live that half of the two supernodes, or two thirds of three, still hear', () => {
    const now = START + 3 * DEAD_AFTER_MS;
    fallSilent(START + 1000);
    report(FIRST, 0, now);
    expect(isDeadAt(now)).to.equal(false);
    report(SECOND, 0, now);
    expect(isDeadAt(now)).to.equal(false);
    report(SECOND, 600, now);
    expect(isDeadAt(now)).to.equal(true);
  });

  it('goes on counting from a report until the report is old, and heeds none of a supernode that doubts itself', () => {
    const now = START + DEAD_AFTER_MS;
    fallSilent(START + 1000);
    report(FIRST, 590, now - 10_000);
    report(SECOND, 0, now, false);
    expect(isDeadAt(now)).to.equal(true);
    nodes.note(NODE.id, true, now);
    fallSilent(now + 1);
    const later = now + 1 + DEAD_AFTER_MS;
    report(FIRST, 600, later - FRESH_MS - 1);
    expect(isDeadAt(later)).to.equal(false);
  });

  it('lets the dead return at their first answer', () => {
    fallSilent(START + 1000);
    expect(isDeadAt(START + 2 * DEAD_AFTER_MS)).to.equal(true);
    nodes.note(NODE.id, true, START + 2 * DEAD_AFTER_MS + 1);
    expect(isDeadAt(START + 2 * DEAD_AFTER_MS + 2)).to.equal(false);
  });

  it('calls nobody dead while it doubts itself, and counts silence anew afterwards', () => {
    const others = [2, 3, 4].map((number) => signer(number).id);
    for (const id of [...others, NODE.id]) health.note(id, true, START);
    for (const id of [...others, NODE.id]) health.note(id, false, START + 1);
    fallSilent(START + 1000);
    const back = START + 5 * DEAD_AFTER_MS;
    expect(isDeadAt(back)).to.equal(false);
    for (const id of others) health.note(id, true, back);
    expect(isDeadAt(back)).to.equal(false);
    expect(isDeadAt(back + 2 * DEAD_AFTER_MS - 1)).to.equal(false);
    expect(isDeadAt(back + 2 * DEAD_AFTER_MS)).to.equal(true);
  });

  it('asks others only about nodes that have been silent for a while and are not dead', () => {
    fallSilent(START + 1000);
    expect(mortality.doubtful(START + DEAD_AFTER_MS / 2 - 1)).to.deep.equal([]);
    expect(mortality.doubtful(START + DEAD_AFTER_MS / 2)).to.deep.equal([NODE.id]);
    mortality.update(START + 2 * DEAD_AFTER_MS);
    expect(mortality.doubtful(START + 2 * DEAD_AFTER_MS)).to.deep.equal([]);
  });
});
