import { expect } from 'chai';
import fc from 'fast-check';
import { SocketSwarms } from '../../../node/listeners/websocket-swarms.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

function chosenBy(swarms: SocketSwarms<string>, peerId: string, wanted: number): string[] {
  return swarms.choose('T', swarms.find('T', peerId)!, wanted).map((peer) => peer.peerId);
}

describe('node/listeners/websocket-swarms.ts', () => {
  let swarms: SocketSwarms<string>;

  beforeEach(() => {
    swarms = new SocketSwarms(seededRandom(1));
  });

  it('counts seeders and leechers, each once however often it announces', () => {
    swarms.enter('T', 'a', 'A', false);
    swarms.enter('T', 'b', 'B', true);
    swarms.enter('T', 'a', 'A', true);
    expect(swarms.counts('T')).to.deep.equal({ seeders: 2, leechers: 0 });
    expect(swarms.counts('U')).to.deep.equal({ seeders: 0, leechers: 0 });
    expect(swarms.count).to.equal(2);
  });

  it('gives a peer id to the connection that used it last, and lets no other end it', () => {
    swarms.enter('T', 'a', 'old', false);
    swarms.enter('T', 'a', 'new', false);
    swarms.leave('T', 'a', 'old');
    expect(swarms.find('T', 'a')?.client).to.equal('new');
    swarms.leave('T', 'a', 'new');
    expect(swarms.find('T', 'a')).to.equal(undefined);
  });

  it('chooses others only, as many as wanted, all of them sooner or later', () => {
    for (const peerId of 'abcdefgh') swarms.enter('T', peerId, peerId, false);
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) for (const peerId of chosenBy(swarms, 'a', 3)) seen.add(peerId);
    expect([...seen].sort().join('')).to.equal('bcdefgh');
    expect(chosenBy(swarms, 'a', 3)).to.have.length(3);
    expect(chosenBy(swarms, 'a', 100)).to.have.length(7);
    expect(chosenBy(swarms, 'a', 0)).to.deep.equal([]);
  });

  it('does not give seeders to seeders', () => {
    for (const peerId of 'abc') swarms.enter('T', peerId, peerId, true);
    swarms.enter('T', 'd', 'd', false);
    expect(chosenBy(swarms, 'a', 9)).to.deep.equal(['d']);
    expect(chosenBy(swarms, 'd', 9)).to.have.length(3);
  });

  it('stays consistent whatever comes and goes', () => {
    const action = fc.tuple(fc.constantFrom('T', 'U'), fc.constantFrom(...'abcdef'), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        const tested = new SocketSwarms<string>(seededRandom(1));
        const model = new Map<string, boolean>();
        for (const [infoHash, peerId, isEntering, isSeeder] of actions) {
          if (isEntering) tested.enter(infoHash, peerId, 'x', isSeeder);
          else tested.leave(infoHash, peerId);
          if (isEntering) model.set(infoHash + peerId, isSeeder);
          else model.delete(infoHash + peerId);
        }
        expect(tested.count).to.equal(model.size);
        for (const infoHash of 'TU') {
          const states = [...model].filter(([key]) => key.startsWith(infoHash)).map(([, isSeeder]) => isSeeder);
          const seeders = states.filter((isSeeder) => isSeeder).length;
          expect(tested.counts(infoHash)).to.deep.equal({ seeders, leechers: states.length - seeders });
        }
        for (const key of model.keys()) expect(tested.find(key[0]!, key[1]!)?.peerId).to.equal(key[1]);
      }),
    );
  });
});
