// From a host to its addresses.

import { lookup } from 'node:dns/promises';

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** As the system is set up to do it. */
export function systemResolve(host: string): ReturnType<Resolve> {
  return lookup(host, { all: true });
}
