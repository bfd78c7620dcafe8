import { expect } from 'chai';
import { clientAddress } from '../../../shared/http/client-address.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';

const PROXIES = new NetworkSet(['10.0.0.0/8', 'fd00::/8']);

describe('shared/http/client-address.ts', () => {
  for (const [nearest, forwardedFor, expected, why] of [
    ['1.1.1.1', '', '1.1.1.1', 'takes the other end of the connection without a header'],
    ['1.1.1.1', '2.2.2.2', '1.1.1.1', 'ignores the header of a stranger'],
    ['10.0.0.1', '', '10.0.0.1', 'takes the proxy itself when it names nobody'],
    ['10.0.0.1', '2.2.2.2', '2.2.2.2', 'believes a trusted proxy'],
    ['::ffff:10.0.0.1', '2.2.2.2', '2.2.2.2', 'knows a proxy by its mapped address'],
    ['fd00::1', '2001:db8::2', '2001:db8::2', 'reads IPv6 addresses'],
    ['10.0.0.1', '6.6.6.6, 2.2.2.2', '2.2.2.2', 'does not believe what the client wrote into the header'],
    ['10.0.0.1', '6.6.6.6,2.2.2.2 , 10.0.0.2', '2.2.2.2', 'goes through several trusted proxies'],
    ['10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3', 'takes the farthest when all are trusted'],
    ['10.0.0.1', '2.2.2.2, unknown', '10.0.0.1', 'stops before a hop that is no address'],
    ['10.0.0.1', '2.2.2.2, ', '10.0.0.1', 'stops before an empty hop'],
    ['10.0.0.1', ',', '10.0.0.1', 'survives a comma alone'],
    ['', '2.2.2.2', '', 'believes nobody when the connection is gone'],
  ] as const) {
    it(why, () => {
      expect(clientAddress(nearest, forwardedFor, PROXIES)).to.equal(expected);
    });
  }
});
