import { expect } from 'chai';
import { LookAhead } from '../../../node/tracker/look-ahead.ts';
import { SWARM4 } from '../../../node/tracker/torrent-table.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { addTorrent, createStore } from './filled-store.ts';

const OFFSET = 3;
const hashOf = (digit: string): string => digit.repeat(40);

/** The request of an announce for each torrent, as far as looking ahead is concerned. */
function requestsFor(...digits: string[]): Buffer[] {
  return digits.map((digit) => Buffer.concat([Buffer.alloc(OFFSET), infoHashBytes(hashOf(digit))]));
}

describe('node/tracker/look-ahead.ts', () => {
  it('reads the first word of each line of the blocks of torrents that are known', () => {
    const store = createStore();
    addTorrent(store, hashOf('a'), 1);
    addTorrent(store, hashOf('b'), 20);
    const { words } = store.peers4.blocks;
    const firstWords = (digit: string, count: number): number[] => {
      const start = store.peers4.startOf(store.torrents.find(infoHashBytes(hashOf(digit)), 0) + SWARM4);
      return Array.from({ length: count }, (_, line) => words[start + 16 * line]!);
    };
    const ahead = new LookAhead(store);
    ahead.read(requestsFor('a', 'b', 'c', 'd'), OFFSET, 4, 4);
    // 20 peers lie in 32 slots of 2 words.
    const expected = [...firstWords('a', 1), ...firstWords('b', 4)].reduce((mixed, word) => mixed ^ word);
    expect(ahead.seen).to.equal(expected).and.not.to.equal(0);
  });

  it('reads nothing where nobody is: of another family, of few requests, in an empty store', () => {
    const store = createStore();
    const ahead = new LookAhead(store);
    ahead.read(requestsFor('a', 'b', 'c', 'd'), OFFSET, 4, 4);
    addTorrent(store, hashOf('a'), 1);
    ahead.read(requestsFor('a', 'b', 'c', 'd'), OFFSET, 4, 6);
    ahead.read(requestsFor('a', 'b', 'c'), OFFSET, 3, 4);
    expect(ahead.seen).to.equal(0);
  });

  it('leaves out blocks of which an answer reads a part', () => {
    const store = createStore();
    addTorrent(store, hashOf('a'), 500);
    const ahead = new LookAhead(store);
    ahead.read(requestsFor('a', 'b', 'c', 'd'), OFFSET, 4, 4);
    expect(ahead.seen).to.equal(0);
  });
});
