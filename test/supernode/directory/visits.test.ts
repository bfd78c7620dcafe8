import { expect } from 'chai';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import { VISITS_BY_NAME, VISITS_PER_HOST, VISITS_PER_NETWORK, Visits } from '../../../supernode/directory/visits.ts';

const MINUTE_MS = 60_000;

describe('supernode/directory/visits.ts', () => {
  let visits: Visits;
  beforeEach(() => {
    visits = new Visits(new NetworkSet(['10.0.0.0/8']));
  });
  /** Calls that go through when somebody asks for one every 100 ms, for ten minutes. */
  const flood = (hostAt: (attempt: number) => string): number => {
    let calls = 0;
    for (let attempt = 0; attempt < 6000; attempt++) {
      if (visits.take('liar', hostAt(attempt), attempt * 100) === 0) calls++;
    }
    return calls;
  };

  it('lets one caller have one host called six times, and then every ten seconds', () => {
    expect(flood(() => '192.0.2.1')).to.equal(VISITS_PER_HOST.burst + 59);
    expect(visits.take('liar', '192.0.2.1', 10 * MINUTE_MS)).to.equal(0);
    expect(visits.take('liar', '192.0.2.1', 10 * MINUTE_MS)).to.equal(10);
  });

  it('bounds the calls to the hosts of one network together', () => {
    expect(flood((attempt) => `192.0.2.${attempt % 256}`)).to.be.at.most(
      VISITS_PER_NETWORK.burst + 10 * VISITS_PER_NETWORK.perMinute,
    );
    expect(flood((attempt) => `[2001:db8:0:${attempt % 1000}::1]`.slice(1, -1))).to.be.at.most(
      VISITS_PER_NETWORK.burst + 10 * VISITS_PER_NETWORK.perMinute,
    );
  });

  it('takes nothing from others who name the same host', () => {
    flood(() => '192.0.2.1');
    expect(visits.take('honest', '192.0.2.1', 599_900)).to.equal(0);
  });

  it('bounds the calls to one address to which many names lead', () => {
    let calls = 0;
    for (let attempt = 0; attempt < 6000; attempt++) {
      if (visits.arrive(`n${attempt}.example`, ['192.0.2.1'], attempt * 100) === 0) calls++;
    }
    expect(calls).to.be.at.most(VISITS_BY_NAME.burst + 10 * VISITS_BY_NAME.perMinute);
  });

  it('counts nothing in networks that the operator allows', () => {
    for (let n = 0; n < 1000; n++) {
      expect(visits.take('anybody', '10.0.0.1', 0)).to.equal(0);
      expect(visits.arrive('node.lan', ['10.0.0.1'], 0)).to.equal(0);
    }
  });

  it('remembers where a name led', () => {
    visits.arrive('n.example', ['192.0.2.7', '192.0.2.8'], 0);
    expect(visits.placeOf('n.example')).to.equal('192.0.2.7');
    expect(visits.placeOf('192.0.2.1')).to.equal('192.0.2.1');
    expect(visits.placeOf('other.example')).to.equal('other.example');
  });
});
