import { expect } from 'chai';
import { PROBATION_MS } from '../../../supernode/directory/candidates.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { hashOf, nodeEntry, START, signer } from '../records.ts';

const TORRENTS = Array.from({ length: 600 }, (_, number) => hashOf(`${number}`));

describe('supernode/directory/candidates.ts', () => {
  let directory: Directory;
  beforeEach(() => {
    directory = new Directory();
    for (const number of [1, 2]) {
      directory.put(nodeEntry(signer(number), { urls: [`http://10.${number}.0.1`] }), START);
    }
  });
  /** The share of torrents that the first node would be given. */
  const shareAt = (now: number): number => {
    for (const number of [1, 2]) directory.nodes.note(signer(number).id, true, now);
    const allocator = directory.candidates.allocator(now, () => true);
    const first = TORRENTS.filter(
      (infoHash) => allocator.allocate({ infoHash, wanted: 1, carriers: new Set() })[0] === signer(1).id,
    );
    return first.length / TORRENTS.length;
  };

  it('gives a node half of its share for a week, however often it renews its record', () => {
    directory.nodes.setJoined(signer(2).id, START - PROBATION_MS);
    expect(shareAt(START)).to.be.within(0.25, 0.42);
    directory.put(nodeEntry(signer(1), { urls: ['http://10.1.0.1'], seq: START + 1 }), START + PROBATION_MS - 1);
    expect(shareAt(START + PROBATION_MS - 1)).to.be.within(0.25, 0.42);
    expect(shareAt(START + PROBATION_MS)).to.be.within(0.42, 0.58);
  });
});
