import { expect } from 'chai';
import { PublicError } from '../../../../shared/errors.ts';
import { isGlobalUnicast, NetworkSet } from '../../../../shared/protocol/addresses/networks.ts';

describe('shared/protocol/addresses/networks.ts', () => {
  it('knows which addresses are within a network, to the bit', () => {
    const networks = new NetworkSet(['10.0.0.0/9', '192.0.2.1', '2001:db8::/33', '::1/128']);
    for (const address of ['10.0.0.0', '10.127.255.255', '::ffff:10.1.2.3', '192.0.2.1', '2001:db8:7fff::1', '::1']) {
      expect(networks.has(address), address).to.equal(true);
    }
    for (const address of [
      '10.128.0.0',
      '9.255.255.255',
      '192.0.2.2',
      '2001:db8:8000::',
      '::2',
      '::10.0.0.1',
      'host',
      '',
    ]) {
      expect(networks.has(address), address).to.equal(false);
    }
  });

  it('takes the whole of a family, and host bits that are set', () => {
    expect(new NetworkSet(['0.0.0.0/0']).has('255.1.2.3')).to.equal(true);
    expect(new NetworkSet(['0.0.0.0/0']).has('::1')).to.equal(false);
    expect(new NetworkSet(['10.1.2.3/8']).has('10.9.9.9')).to.equal(true);
    expect(new NetworkSet([]).has('10.9.9.9')).to.equal(false);
  });

  it('reads a mapped network as the IPv4 network that it is', () => {
    expect(new NetworkSet(['::ffff:10.0.0.0/104']).has('10.9.9.9')).to.equal(true);
    expect(new NetworkSet(['::ffff:10.0.0.0/104']).has('11.0.0.1')).to.equal(false);
    expect(new NetworkSet(['::ffff:0.0.0.0/96']).has('203.0.113.9')).to.equal(true);
  });

  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    '::ffff:0.0.0.0/95',
    'host/8',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
  ]) {
    it(`refuses ${JSON.stringify(text)} as a network`, () => {
      expect(() => new NetworkSet([text])).to.throw(PublicError, 'is not a network');
    });
  }

  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '223.255.255.255',
    '::ffff:8.8.8.8',
    '2606:4700::1',
    '2a00::1',
    '2002:808:808::1',
    '64:ff9b::8.8.8.8',
  ]) {
    it(`counts ${address} as public`, () => {
      expect(isGlobalUnicast(address)).to.equal(true);
    });
  }

  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::8.8.8.8',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::8.8.8.8',
    '100::1',
    '2001::1',
    '2001:2::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
  ]) {
    it(`does not count ${JSON.stringify(address)} as public`, () => {
      expect(isGlobalUnicast(address)).to.equal(false);
    });
  }
});
