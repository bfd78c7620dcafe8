import { expect } from 'chai';
import { IdNumbers } from '../../../supernode/directory/id-numbers.ts';
import { CARRIERS, PLANTS, Torrents } from '../../../supernode/directory/torrents.ts';
import { hashOf } from '../records.ts';

const HASHES = Array.from({ length: 20_000 }, (_, number) => hashOf(`${number}`));

describe('supernode/directory/torrents.ts', () => {
  it('finds every torrent while it grows, and none that is not there', () => {
    const torrents = new Torrents(20_000, 7);
    const places = HASHES.map((hash) => torrents.take(hash));
    expect(new Set(places).size).to.equal(20_000);
    expect(torrents.isFull).to.equal(true);
    for (const [index, hash] of HASHES.entries()) {
      expect(torrents.of(hash)).to.equal(places[index]);
      expect(torrents.infoHash(places[index]!)).to.equal(hash);
    }
    expect(torrents.of(hashOf('another'))).to.equal(0);
    expect(torrents.take(HASHES[5]!)).to.equal(places[5]);
    expect(() => torrents.take(hashOf('another'))).to.throw(RangeError);
  });

  it('keeps a torrent for as long as anything hangs on it', () => {
    const torrents = new Torrents(10, 7);
    const torrent = torrents.take(HASHES[0]!);
    for (const word of [PLANTS, CARRIERS]) {
      torrents.words[torrent + word] = 1;
      torrents.forgetIfBare(torrent);
      expect(torrents.of(HASHES[0]!)).to.equal(torrent);
      torrents.words[torrent + word] = 0;
    }
    torrents.forgetIfBare(torrent);
    expect([torrents.of(HASHES[0]!), torrents.count]).to.deep.equal([0, 0]);
  });
});

describe('supernode/directory/id-numbers.ts', () => {
  it('gives each id one number, and uses numbers again', () => {
    const numbers = new IdNumbers();
    expect(['a', 'b', 'a'].map((id) => numbers.take(id))).to.deep.equal([0, 1, 0]);
    expect([numbers.of('b'), numbers.of('c'), numbers.idOf(1), numbers.size, numbers.end]).to.deep.equal([
      1,
      undefined,
      'b',
      2,
      2,
    ]);
    numbers.release('a');
    numbers.release('a');
    expect([numbers.of('a'), numbers.size, numbers.take('c'), numbers.take('d')]).to.deep.equal([undefined, 1, 0, 2]);
    expect([...numbers.entries()]).to.have.deep.members([
      ['b', 1],
      ['c', 0],
      ['d', 2],
    ]);
    const withdrawn = numbers.withdraw('b');
    expect([withdrawn, numbers.withdraw('b'), numbers.idOf(1), numbers.take('e')]).to.deep.equal([
      1,
      undefined,
      undefined,
      3,
    ]);
    numbers.free(1);
    expect(numbers.take('b')).to.equal(1);
  });
});
