// The addresses of hosts that strangers named. The system looks names up in two threads for all of a process, and a name
// server that keeps silent holds one of them for ten seconds: such names are asked of the DNS itself, which waits for nobody.

import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { type Resolve, systemResolve } from './resolve.ts';

/** What is asked of the DNS; rejects with a `code`, 'ETIMEOUT' when nobody answers. */
export interface NameServers {
  resolve4(host: string): Promise<string[]>;
  resolve6(host: string): Promise<string[]>;
}

export interface StrangerNamesParts {
  /** By the settings of the system as they are now. */
  readonly open: () => NameServers;
  readonly system: Resolve;
  /** Never set back. */
  readonly clock: Clock;
}

const TIMEOUT_MS = 1000;
const TRIES = 2;
/** When nobody answers, the settings of the system may have changed since they were read; they are read again no oftener. */
export const REOPEN_MS = 60_000;
/** Names that wait for the system; it is asked for one at a time. */
export const MAX_WAITING = 16;
const SILENT = 'ETIMEOUT';

/** Names that the DNS does not have may be the system's own, as those in /etc/hosts. */
export function createStrangerResolve(parts: Partial<StrangerNamesParts> = {}): Resolve {
  const { open = openNameServers, system = systemResolve, clock = { now: () => performance.now() } } = parts;
  let servers = open();
  let openedAt = clock.now();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const askSystem: Resolve = async (host) => {
    if (waiting === MAX_WAITING) throw new Error(`too many names wait to be looked up, ${host} is not`);
    waiting++;
    const turn = last.then(() => system(host)).finally(() => waiting--);
    last = turn.catch(() => undefined);
    return turn;
  };

  return async (host) => {
    const answers = await Promise.allSettled([servers.resolve4(host), servers.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses.map((address) => ({ address, family: isIP(address) }));
    const silence = answers.find((answer) => answer.status === 'rejected' && answer.reason?.code === SILENT);
    if (silence?.status !== 'rejected') return askSystem(host);
    if (clock.now() - openedAt >= REOPEN_MS) [servers, openedAt] = [open(), clock.now()];
    throw silence.reason;
  };
}

function openNameServers(): NameServers {
  return new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
}
