import { expect } from 'chai';
import { Directory } from '../../../supernode/directory/directory.ts';
import type { NodeEntry } from '../../../supernode/directory/entry.ts';
import { ALLOCATOR_LIFETIME_MS, RecentAllocator } from '../../../supernode/directory/recent-allocator.ts';
import { hashOf, nodeEntry, START, signer } from '../records.ts';

const QUESTION = { infoHash: hashOf('a'), wanted: 5, carriers: new Set<string>() };
const ONE = signer(1);
const TWO = signer(2);

describe('supernode/directory/recent-allocator.ts', () => {
  let directory: Directory;
  let recent: RecentAllocator;
  const add = (entry: NodeEntry): void => {
    directory.put(entry, START);
    directory.note(entry, true, START);
  };
  const allocate = (now = START): string[] => recent.at(now).allocate(QUESTION).sort();

  beforeEach(() => {
    directory = new Directory();
    recent = new RecentAllocator(directory);
    add(nodeEntry(ONE));
  });

  it('is the same while the nodes are, for a second', () => {
    const first = recent.at(START);
    directory.note(nodeEntry(ONE), true, START + 1);
    expect(recent.at(START + ALLOCATOR_LIFETIME_MS - 1)).to.equal(first);
    expect(recent.at(START + ALLOCATOR_LIFETIME_MS)).not.to.equal(first);
  });

  it('is another one when the clock was set back', () => {
    const first = recent.at(START);
    expect(recent.at(START - 1)).not.to.equal(first);
  });

  it('knows at once who has come, gone, or drains', () => {
    expect(allocate()).to.deep.equal([ONE.id]);
    add(nodeEntry(TWO));
    expect(allocate()).to.deep.equal([ONE.id, TWO.id].sort());
    add(nodeEntry(ONE, { seq: START + 1, state: 'draining' }));
    expect(allocate()).to.deep.equal([TWO.id]);
    directory.note(nodeEntry(TWO), false, START);
    expect(allocate()).to.deep.equal([]);
  });
});
