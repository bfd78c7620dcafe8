// What an operator is told of where a listener is bound: URLs that can be used on this machine, or why it is bound nowhere.

import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '[::1]';

const BIND_FAILURES: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EACCES', 'this user may not'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['EAFNOSUPPORT', 'this machine does not have the address family'],
  ['ENOTFOUND', 'the address is not known'],
]);

/** Why an address is not to be had, if the operator can do something about it. */
export function bindFailure(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? BIND_FAILURES.get(error.code) : undefined;
}

/** The loopback addresses that a machine has, IPv4 first, as URLs name them: where a family is switched off, its is missing. */
export function loopbackHosts(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  const addresses = new Set(Object.values(interfaces).flatMap((list) => list?.map(({ address }) => address) ?? []));
  return [LOOPBACK, LOOPBACK_V6].filter((host) => addresses.has(host.replace(/[[\]]/g, '')));
}

/**
 * An address that stands for all is no address to copy and paste: `hosts` are said instead, of both families for [::] when
 * the listener `isDual`. Where none fits the URLs stay as they are.
 */
export function usableUrls(
  urls: readonly string[],
  isDual: boolean,
  hosts: readonly string[] = loopbackHosts(),
): string[] {
  const usable = urls.flatMap((url) => {
    const everywhere = /\/\/(\[::\]|0\.0\.0\.0):/.exec(url)?.[1];
    if (everywhere === undefined) return [url];
    const own = everywhere === '0.0.0.0' ? LOOPBACK : LOOPBACK_V6;
    const isBoth = isDual && own === LOOPBACK_V6;
    return hosts.filter((host) => isBoth || host === own).map((host) => url.replace(everywhere, host));
  });
  return usable.length > 0 ? usable : [...urls];
}
