import { expect } from 'chai';
import { judgeAnnounce, judgeMeeting } from '../../../client/check/judge-announce.ts';
import type { AnnounceReply } from '../../../shared/protocol/tracker/tracker-calls.ts';

const GOOD: AnnounceReply = {
  kind: 'announced',
  intervalSeconds: 1800,
  minIntervalSeconds: undefined,
  seeders: 0,
  leechers: 1,
  peers: [],
  externalAddress: undefined,
  trackerId: undefined,
  warning: undefined,
  defects: [],
  oddities: [],
};
const ASKED = { numwant: 2, port: 50_000, family: 4, latencyMs: 10 } as const;

/** The verdicts and topics that are not passed. */
function complaints(reply: Partial<AnnounceReply>, asked: Partial<typeof ASKED> = {}): string[] {
  return judgeAnnounce({ ...GOOD, ...reply }, { ...ASKED, ...asked })
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, topic }) => `${verdict} ${topic}`);
}

function meeting(reply: Partial<AnnounceReply>, numwant = 2): string[] {
  return judgeMeeting({ ...GOOD, ...reply }, { ...ASKED, numwant }, 49_999).map(
    ({ verdict, topic }) => `${verdict} ${topic}`,
  );
}

describe('client/check/judge-announce.ts', () => {
  it('has nothing to say against a good answer', () => {
    expect(complaints({})).to.deep.equal([]);
    expect(complaints({ minIntervalSeconds: 900, trackerId: 'a-B_1.~', externalAddress: '9.9.9.9' })).to.deep.equal([]);
    expect(complaints({ peers: undefined })).to.deep.equal([]);
  });

  it('fails an interval that is missing or below 1, and doubts a short one, and one that list keepers refuse', () => {
    expect(complaints({ intervalSeconds: undefined })).to.deep.equal(['fail interval']);
    expect(complaints({ intervalSeconds: 0 })).to.deep.equal(['fail interval']);
    expect(complaints({ intervalSeconds: -1 })).to.deep.equal(['fail interval']);
    expect(complaints({ intervalSeconds: 59 })).to.deep.equal(['warn interval']);
    for (const intervalSeconds of [60, 299, 10_801])
      expect(complaints({ intervalSeconds })).to.deep.equal(['warn interval']);
    for (const intervalSeconds of [300, 10_800]) expect(complaints({ intervalSeconds })).to.deep.equal([]);
    expect(complaints({ minIntervalSeconds: 1801 })).to.deep.equal(['warn interval']);
    expect(complaints({ minIntervalSeconds: -1 })).to.deep.equal(['fail interval']);
  });

  it('wants the asker to be counted (BEP 3)', () => {
    expect(complaints({ leechers: 0 })).to.deep.equal(['fail counts']);
    expect(complaints({ leechers: 0, seeders: 1 })).to.deep.equal([]);
    expect(complaints({ leechers: -1, seeders: 3 })).to.deep.equal(['fail counts']);
    expect(complaints({ leechers: undefined, seeders: undefined })).to.deep.equal(['warn counts']);
  });

  it('doubts surplus peers, port 0, and the asker among its own peers', () => {
    const peer = (port: number, address = '9.9.9.9') => ({ address, port });
    expect(complaints({ peers: [peer(1), peer(2)] })).to.deep.equal([]);
    expect(complaints({ peers: [peer(1), peer(2), peer(3)] })).to.deep.equal(['warn peers']);
    expect(complaints({ peers: [peer(0)] })).to.deep.equal(['warn peers']);
    expect(complaints({ peers: [peer(50_000)] })).to.deep.equal(['warn peers']);
    expect(complaints({ peers: [peer(50_000)], externalAddress: '9.9.9.8' })).to.deep.equal([]);
  });

  it('fails a tracker id that clients would have to escape', () => {
    for (const trackerId of ['a b', 'a&b', '\xff', '%20']) {
      expect(complaints({ trackerId }), trackerId).to.deep.equal(['fail tracker id']);
    }
  });

  it('doubts an external ip of the other family, a warning, a slow answer', () => {
    expect(complaints({ externalAddress: '::1' })).to.deep.equal(['warn external ip']);
    expect(complaints({ warning: 'soon closed' })).to.deep.equal(['warn message']);
    expect(judgeAnnounce(GOOD, { ...ASKED, latencyMs: 3001 })[0]).to.include({ verdict: 'warn', topic: 'announce' });
  });

  it('turns defects into failures and oddities into warnings', () => {
    expect(complaints({ defects: ['x'], oddities: ['y'] })).to.deep.equal(['fail answer', 'warn answer']);
  });

  it('judges by the second peer whether peers meet', () => {
    const first = { address: '9.9.9.9', port: 49_999 };
    const other = { address: '9.9.9.9', port: 7 };
    expect(meeting({ peers: [first] })).to.deep.equal(['pass meeting']);
    expect(meeting({ peers: [other], leechers: 1 })).to.deep.equal(['fail meeting']);
    expect(meeting({ peers: [other], leechers: 2 })).to.deep.equal(['warn meeting']);
    expect(meeting({ peers: [other, other] }), 'a large swarm').to.deep.equal(['pass meeting']);
    expect(meeting({ peers: [] }, 0)).to.deep.equal([]);
  });

  it('judges by the counts alone where answers have no peers', () => {
    expect(meeting({ peers: undefined, leechers: 2 })).to.deep.equal(['pass meeting']);
    expect(meeting({ peers: undefined, leechers: 1 })).to.deep.equal(['fail meeting']);
    expect(meeting({ peers: undefined, leechers: undefined, seeders: undefined })).to.deep.equal([]);
  });
});
