import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import { bindFailure, loopbackHosts, usableUrls } from '../../../../shared/http/door/bound-urls.ts';

const V4 = '127.0.0.1';
const V6 = '[::1]';

function interfacesWith(...addresses: string[]): NodeJS.Dict<NetworkInterfaceInfo[]> {
  return { lo: addresses.map((address) => ({ address }) as NetworkInterfaceInfo), eth0: undefined };
}

describe('shared/http/door/bound-urls.ts', () => {
  it('knows the loopback addresses that a machine has', () => {
    expect(loopbackHosts(interfacesWith('::1', '192.0.2.1', '127.0.0.1'))).to.deep.equal([V4, V6]);
    expect(loopbackHosts(interfacesWith('127.0.0.1'))).to.deep.equal([V4]);
    expect(loopbackHosts(interfacesWith('::1', 'fe80::1'))).to.deep.equal([V6]);
    expect(loopbackHosts(interfacesWith())).to.deep.equal([]);
  });

  it('says in place of all addresses those that can be used', () => {
    const [all4, all6] = ['udp://0.0.0.0:6969/announce', 'udp://[::]:6969/announce'];
    const on = (host: string): string => `udp://${host}:6969/announce`;
    for (const [urls, isDual, hosts, expected] of [
      [[all6], true, [V4, V6], [on(V4), on(V6)]],
      [[all6], true, [V4], [on(V4)]],
      [[all6], true, [V6], [on(V6)]],
      [[all4, all6], false, [V4, V6], [on(V4), on(V6)]],
      [[all4, all6], false, [V4], [on(V4)]],
      [[all4, all6], false, [V6], [on(V6)]],
      [[all6], false, [V4], [all6]],
      [[all4], true, [], [all4]],
      [[on('192.0.2.1')], true, [V4, V6], [on('192.0.2.1')]],
    ] as const) {
      expect(usableUrls(urls, isDual, hosts)).to.deep.equal(expected);
    }
  });

  it('explains what an operator can do something about', () => {
    expect(bindFailure(Object.assign(new Error(), { code: 'EADDRINUSE' }))).to.equal('another program listens there');
    expect(bindFailure(Object.assign(new Error(), { code: 'EMFILE' }))).to.equal(undefined);
    expect(bindFailure(new Error())).to.equal(undefined);
    expect(bindFailure(undefined)).to.equal(undefined);
  });
});
