import { expect } from 'chai';
import { REFUSED, SERVED, SLOWED, Woodpeckers } from '../../../node/access/woodpeckers.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { AnnounceRequest, EVENT_NONE, EVENT_STOPPED } from '../../../shared/protocol/tracker/tracker-messages.ts';

const MIN_INTERVAL = 900;

describe('node/access/woodpeckers.ts', () => {
  let woodpeckers: Woodpeckers;
  let request: AnnounceRequest;
  let now: number;

  beforeEach(() => {
    woodpeckers = new Woodpeckers(MIN_INTERVAL, seededRandom(1));
    request = new AnnounceRequest();
    request.address.write('0a000001', 'hex');
    request.port = 6881;
    now = 1_800_000_000;
  });

  const judge = (times: number): number[] => Array.from({ length: times }, () => woodpeckers.judge(request, now));

  it('serves a client ever less that announces without pause', () => {
    expect(judge(8)).to.deep.equal(Array(8).fill(SERVED));
    expect(judge(4)).to.deep.equal(Array(4).fill(SLOWED));
    expect(judge(100)).to.deep.equal(Array(100).fill(REFUSED));
  });

  it('serves it again after a time without a word', () => {
    judge(1000);
    now += MIN_INTERVAL;
    expect(judge(1)).to.deep.equal([REFUSED]);
    now += 4 * MIN_INTERVAL;
    expect(judge(1)).to.deep.equal([SERVED]);
  });

  it('serves for ever a client that comes twice at each minimum interval, over two protocols', () => {
    for (let round = 0; round < 200; round++) {
      expect(judge(4)).to.deep.equal(Array(4).fill(SERVED));
      now += MIN_INTERVAL;
    }
  });

  it('holds nothing against other ports, addresses and torrents', () => {
    judge(20);
    request.port++;
    expect(judge(1)).to.deep.equal([SERVED]);
    request.port--;
    request.address[3] = 2;
    expect(judge(1)).to.deep.equal([SERVED]);
    request.address[3] = 1;
    for (const at of [0, 4, 8]) {
      request.infoHash[at]! ^= 1;
      expect(judge(1)).to.deep.equal([SERVED]);
      request.infoHash[at]! ^= 1;
    }
    expect(judge(1)).to.deep.equal([REFUSED]);
  });

  it('looks at all of an IPv6 address', () => {
    request.family = 6;
    judge(20);
    request.address[15] = 1;
    expect(judge(1)).to.deep.equal([SERVED]);
  });

  it('always serves a client that stops', () => {
    judge(20);
    request.event = EVENT_STOPPED;
    expect(judge(2)).to.deep.equal([SERVED, SERVED]);
    request.event = EVENT_NONE;
    expect(judge(1)).to.deep.equal([REFUSED]);
  });
});
