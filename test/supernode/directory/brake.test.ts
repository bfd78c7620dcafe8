import { expect } from 'chai';
import { Brake } from '../../../supernode/directory/brake.ts';
import type { NodeEntry } from '../../../supernode/directory/entry.ts';
import { Registry } from '../../../supernode/directory/registry.ts';
import { nodeEntry, START, signer } from '../records.ts';

const WINDOW_MS = 3_600_000;

describe('supernode/directory/brake.ts', () => {
  let nodes: Registry<NodeEntry>;
  let brake: Brake;
  const stand = (count: number): void => {
    for (let number = 1; number <= count; number++) {
      nodes.put(nodeEntry(signer(number)), START);
      nodes.note(signer(number).id, true, START);
    }
  };
  const fall = (first: number, last: number, now = START + 1): void => {
    for (let number = first; number <= last; number++) {
      for (let missed = 0; missed < 3; missed++) nodes.note(signer(number).id, false, now);
    }
  };
  beforeEach(() => {
    nodes = new Registry();
    brake = new Brake({ nodes, windowMs: WINDOW_MS });
  });

  it('holds when more than 2 of fewer than 20 nodes fell within an hour', () => {
    stand(19);
    fall(1, 2);
    expect(brake.isHeld(START + 2)).to.equal(false);
    fall(3, 3);
    expect(brake.isHeld(START + 2)).to.equal(true);
    expect(brake.fall(START + 2)).to.deep.equal({ fallen: 3, nodes: 19 });
  });

  it('holds when more than a tenth of many nodes fell', () => {
    stand(40);
    fall(1, 4);
    expect(brake.isHeld(START + 2)).to.equal(false);
    fall(5, 5);
    expect(brake.isHeld(START + 2)).to.equal(true);
  });

  it('goes off when the hour is over, when enough come back, or when an operator confirms', () => {
    stand(6);
    fall(1, 3);
    expect(brake.isHeld(START + WINDOW_MS - 1)).to.equal(true);
    expect(brake.isHeld(START + WINDOW_MS)).to.equal(false);
    brake.release(START + 10);
    expect(brake.isHeld(START + 10)).to.equal(false);
    brake = new Brake({ nodes, windowMs: WINDOW_MS });
    nodes.note(signer(1).id, true, START + 20);
    expect(brake.isHeld(START + 20)).to.equal(false);
  });

  it('does not count nodes that never answered', () => {
    stand(6);
    for (let number = 7; number <= 12; number++) nodes.put(nodeEntry(signer(number)), START);
    fall(7, 12);
    expect(brake.fall(START + 2)).to.deep.equal({ fallen: 0, nodes: 6 });
  });
});
