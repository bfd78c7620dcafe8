import { expect } from 'chai';
import { addTraffic, Traffic } from '../../../node/tracker/traffic.ts';
import { makeRefusal, REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';

describe('node/tracker/traffic.ts', () => {
  it('counts requests by kind and family, refusals by code', () => {
    const traffic = new Traffic();
    traffic.countAnnounce(4);
    traffic.countAnnounce(4);
    traffic.countAnnounce(6);
    traffic.countScrape(6);
    traffic.countConnect(4);
    traffic.countRefusal(REFUSALS.full);
    traffic.countRefusal(makeRefusal('full', 'full in another way', 60));
    traffic.countRefusal(REFUSALS.badPort);
    expect(traffic.counts()).to.deep.equal({
      ipv4: { announces: 2, scrapes: 0, connects: 1 },
      ipv6: { announces: 1, scrapes: 1, connects: 0 },
      refusals: { full: 2, 'bad-port': 1 },
    });
  });

  it('adds up what several listeners counted', () => {
    const [one, other] = [new Traffic(), new Traffic()];
    one.countAnnounce(4);
    other.countAnnounce(4);
    one.countRefusal(REFUSALS.full);
    other.countRefusal(REFUSALS.full);
    other.countRefusal(REFUSALS.badRequest);
    expect(addTraffic([one.counts(), other.counts()])).to.deep.equal({
      ipv4: { announces: 2, scrapes: 0, connects: 0 },
      ipv6: { announces: 0, scrapes: 0, connects: 0 },
      refusals: { 'bad-request': 1, full: 2 },
    });
  });
});
