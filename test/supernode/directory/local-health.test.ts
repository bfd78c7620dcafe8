import { expect } from 'chai';
import { LocalHealth } from '../../../supernode/directory/local-health.ts';

describe('supernode/directory/local-health.ts', () => {
  let health: LocalHealth;
  const note = (isReached: boolean, now: number, ...ids: string[]): void => {
    for (const id of ids) health.note(id, isReached, now);
  };
  beforeEach(() => {
    health = new LocalHealth(0);
  });

  it('doubts itself when it no longer reaches more than half of the nodes, until it does again', () => {
    note(true, 1, 'a', 'b', 'c', 'd');
    note(false, 2, 'a', 'b');
    expect(health.isHealthy).to.equal(true);
    note(false, 3, 'c');
    expect(health.isHealthy).to.equal(false);
    note(true, 4, 'a');
    expect(health.isHealthy).to.equal(true);
    expect(health.healthySince).to.equal(4);
  });

  it('judges nothing by fewer than four nodes, nor by nodes that it never reached', () => {
    note(true, 1, 'a', 'b', 'c');
    note(false, 2, 'a', 'b', 'c', 'd', 'e', 'f');
    expect(health.isHealthy).to.equal(true);
  });

  it('counts silence on when the clock was set back', () => {
    health = new LocalHealth(1000);
    note(true, 400, 'a');
    expect(health.healthySince).to.equal(400);
    note(true, 2000, 'a');
    expect(health.healthySince).to.equal(400);
  });

  it('forgets a node that was last reached an hour ago', () => {
    note(true, 1, 'a', 'b', 'c', 'd', 'e');
    note(false, 2, 'a', 'b', 'c');
    expect(health.isHealthy).to.equal(false);
    note(true, 4_000_000, 'f');
    expect(health.isHealthy).to.equal(true);
  });
});
