import { expect } from 'chai';
import type { MemberEntry } from '../../../supernode/directory/entry.ts';
import { VISITS_PER_HOST, Visits } from '../../../supernode/directory/visits.ts';
import {
  MAX_ASKED_PER_SOURCE,
  MAX_STAY_MS,
  MAX_TRIES,
  MAX_WAITING,
  MAX_WAITING_PER_SOURCE,
  MISS_COST_MS,
  MISSES_AT_ONCE,
  type Waiting,
  WaitingRoom,
} from '../../../supernode/directory/waiting-room.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const [HONEST, LIAR] = ['aa'.repeat(32), 'bb'.repeat(32)];
const TEMPLATE = nodeEntry(signer(1));

/** As many members as one likes: what is kept of them does not look at signatures. */
function member(number: number, changes: Partial<MemberEntry> = {}): MemberEntry {
  return { ...TEMPLATE, author: number.toString(16).padStart(64, '0'), ...changes } as MemberEntry;
}

describe('supernode/directory/waiting-room.ts', () => {
  let room: WaitingRoom;
  let waitSeconds: (who: string, host: string) => number;
  beforeEach(() => {
    waitSeconds = () => 0;
    room = new WaitingRoom({ take: (who, host) => waitSeconds(who, host) });
  });
  const takeAll = (now: number): Waiting[] => {
    const taken: Waiting[] = [];
    for (let one = room.next(now); one !== undefined; one = room.next(now)) taken.push(one);
    return taken;
  };

  it('gives each source its share, and not more than there is room', () => {
    for (let n = 0; n < 2 * MAX_WAITING_PER_SOURCE; n++) room.hold(member(n), LIAR, START);
    expect([room.size, room.leftOut]).to.deep.equal([MAX_WAITING_PER_SOURCE, MAX_WAITING_PER_SOURCE]);
    expect(room.roomFor(LIAR)).to.equal(0);
    expect(room.hold(member(0), HONEST, START)).to.equal(true);
    for (let source = 0; source < 100; source++) {
      for (let n = 0; n < MAX_WAITING_PER_SOURCE; n++) room.hold(member(n), `${source}`, START);
    }
    expect(room.size).to.equal(MAX_WAITING);
  });

  it('asks for each source in turn, some at a time, so that a flood delays nobody else', () => {
    for (let n = 0; n < MAX_WAITING_PER_SOURCE; n++) room.hold(member(n), LIAR, START);
    room.hold(member(1000), HONEST, START);
    const taken = takeAll(START);
    expect(taken).to.have.length(MAX_ASKED_PER_SOURCE + 1);
    expect(taken.slice(0, 2).map(({ source }) => source)).to.include(HONEST);
    for (const one of taken) room.leave(one);
    expect(takeAll(START)).to.have.length(MAX_ASKED_PER_SOURCE);
  });

  it('asks who does not answer again after 10, 30 and 90 s, and leaves it then', () => {
    room.hold(member(1), HONEST, START);
    const asked: number[] = [];
    for (let now = START; now < START + 3_600_000; now += 1000) {
      const waiting = room.next(now);
      if (waiting === undefined) continue;
      asked.push((now - START) / 1000);
      room.miss(waiting, now);
    }
    expect(asked).to.deep.equal([0, 10, 40, 130]);
    expect(asked).to.have.length(MAX_TRIES);
    expect(room.size).to.equal(0);
  });

  it('slows down a source that names nobody who answers, and none whose members do', () => {
    let asked = 0;
    let next = 0;
    for (let now = START; now < START + 600_000; now += 100) {
      while (room.roomFor(LIAR) > 0) room.hold(member(next++), LIAR, now);
      for (const waiting of takeAll(now)) {
        asked++;
        room.miss(waiting, now);
      }
    }
    expect(asked).to.be.at.most(MISSES_AT_ONCE + 600_000 / MISS_COST_MS + MAX_ASKED_PER_SOURCE);
    for (let n = 0; n < MAX_WAITING_PER_SOURCE; n++) room.hold(member(n), HONEST, START);
    for (let left = 0; left < MAX_WAITING_PER_SOURCE; left++) {
      const waiting = takeFrom(room, HONEST, START);
      expect(waiting, `${left}`).not.to.equal(undefined);
      room.leave(waiting!);
    }
  });

  it('calls no destination oftener than it may be, and meanwhile the others', () => {
    waitSeconds = (_who, host) => (host === '192.0.2.1' ? 7 : 0);
    room.hold(member(1), HONEST, START);
    room.hold(supernodeEntry(signer(2)), HONEST, START);
    expect(takeAll(START).map(({ entry }) => entry.type)).to.deep.equal(['supernode']);
    waitSeconds = () => 0;
    expect(takeAll(START + 6999)).to.deep.equal([]);
    expect(takeAll(START + 7000)).to.have.length(1);
  });

  it('has a victim that all members of a feed name called six times, and then every ten seconds at most', () => {
    room = new WaitingRoom(new Visits({ has: () => false }));
    const calls: number[] = [];
    let next = 0;
    for (let now = START; now < START + 3_600_000; now += 1000) {
      while (room.roomFor(LIAR) > 0) room.hold(member(next++), LIAR, now);
      for (const waiting of takeAll(now)) {
        calls.push(now);
        room.miss(waiting, now);
      }
    }
    expect(calls.length).to.be.within(
      VISITS_PER_HOST.burst + 1,
      VISITS_PER_HOST.burst + 60 * VISITS_PER_HOST.perMinute,
    );
    for (let at = VISITS_PER_HOST.burst; at < calls.length; at++) {
      expect(calls[at]! - calls[at - 1]!).to.be.at.least(10_000);
    }
    room.hold(member(1, { statement: supernodeEntry(signer(2)).statement }), HONEST, START + 3_600_000);
    expect(takeFrom(room, HONEST, START + 3_600_000)).not.to.equal(undefined);
  });

  it('keeps the newer of two records, and who has come in for one source waits for none', () => {
    room.hold(member(1), HONEST, START);
    room.hold(member(1, { seq: START + 5 }), HONEST, START);
    room.hold(member(1, { seq: START + 2 }), HONEST, START);
    room.hold(member(1), LIAR, START);
    expect(room.tellersOf(member(1))).to.equal(2);
    const waiting = takeFrom(room, HONEST, START)!;
    expect(waiting.entry.seq).to.equal(START + 5);
    room.leave(waiting);
    expect([room.size, room.tellersOf(member(1))]).to.deep.equal([0, 0]);
  });

  it('asks again, when its wait is over, who answered and has to wait', () => {
    room.hold(member(1), HONEST, START);
    room.defer(room.next(START)!, START + 600_000);
    expect(room.next(START + 599_999)).to.equal(undefined);
    expect(room.next(START + 600_000)).to.include({ since: START, tries: 0 });
  });

  it('forgets after a day who has not come in', () => {
    room.hold(member(1), HONEST, START);
    room.defer(room.next(START)!, START + 10 * MAX_STAY_MS);
    room.hold(member(2), LIAR, START + MAX_STAY_MS);
    expect(room.size).to.equal(1);
  });
});

function takeFrom(room: WaitingRoom, source: string, now: number): Waiting | undefined {
  for (let one = room.next(now); one !== undefined; one = room.next(now)) if (one.source === source) return one;
  return undefined;
}
