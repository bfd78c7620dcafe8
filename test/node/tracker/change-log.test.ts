import { expect } from 'chai';
import { ChangeLog, distance, LoggedChange } from '../../../node/tracker/change-log.ts';
import { PeerKey } from '../../../node/tracker/peer-entry.ts';

function keyOf(family: 4 | 6, port: number): PeerKey {
  const key = new PeerKey();
  key.set(family, Buffer.from('ff0203048506070889aabbccddeeff00', 'hex'), port);
  return key;
}

describe('node/tracker/change-log.ts', () => {
  it('gives back what was noted', () => {
    const log = new ChangeLog(8);
    log.note(16, -5, 4, keyOf(4, 65_535));
    log.note(32, 7, 6, keyOf(6, 1));
    const change = new LoggedChange();
    log.read(0, change);
    expect([change.torrent, change.hashWord, change.family, change.key.port]).to.deep.equal([16, -5, 4, 65_535]);
    expect(change.key.isSame(4, keyOf(4, 65_535))).to.equal(true);
    log.read(1, change);
    expect([change.torrent, change.hashWord, change.family]).to.deep.equal([32, 7, 6]);
    expect(change.key.isSame(6, keyOf(6, 1))).to.equal(true);
    expect(distance(0, log.head)).to.equal(2);
  });

  it('reaches back as far as it has room', () => {
    const log = new ChangeLog(8);
    for (let i = 0; i < 8; i++) log.note(16, 0, 4, keyOf(4, i));
    expect(log.reachesBack(0)).to.equal(true);
    log.note(16, 0, 4, keyOf(4, 8));
    expect([log.reachesBack(0), log.reachesBack(1)]).to.deep.equal([false, true]);
  });

  it('goes on when its positions come round', () => {
    const log = new ChangeLog(8);
    log.head = 0x7fffffff;
    log.note(16, 1, 4, keyOf(4, 1));
    log.note(16, 2, 4, keyOf(4, 2));
    expect(log.head).to.equal(-0x7fffffff);
    expect(distance(0x7fffffff, log.head)).to.equal(2);
    expect(log.reachesBack(0x7fffffff)).to.equal(true);
    const change = new LoggedChange();
    log.read(-0x80000000, change);
    expect(change.hashWord).to.equal(2);
  });
});
