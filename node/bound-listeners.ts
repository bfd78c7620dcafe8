// The listeners of a node as one thing to open and close, and the URLs under which they can be reached.

import { UsageError } from '../shared/errors.ts';
import { NetworkSet } from '../shared/protocol/networks.ts';
import type { NodeConfig } from './config.ts';
import { type HttpListenerOptions, startHttpListener } from './listeners/http.ts';
import { startUdpListener, type UdpListenerOptions } from './listeners/udp.ts';
import { type ListenerStats, Traffic } from './tracker/traffic.ts';

export interface BoundListeners {
  /** Announce URLs, HTTP first, usable on this machine: 'http://127.0.0.1:6969/announce'. */
  readonly urls: readonly string[];
  readonly udpPort: number;
  stats(): ListenerStats[];
  /** Stops accepting; what was asked is answered, for `graceMs` at most. */
  close(graceMs: number): Promise<void>;
}

export type ListenerParts = Pick<HttpListenerOptions, 'tracker' | 'clock' | 'control'> &
  Pick<UdpListenerOptions, 'secret' | 'onError'>;

const BIND_FAILURES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EACCES', 'this user may not'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['ENOTFOUND', 'the address is not known'],
]);

/** Binds HTTP and UDP; throws a UsageError when an address is not to be had. */
export async function openListeners(config: NodeConfig, parts: ListenerParts): Promise<BoundListeners> {
  const { tracker, clock, control, secret, onError } = parts;
  const host = config.host === '::' ? undefined : config.host;
  const trustedProxies = new NetworkSet(config.trustedProxy);
  const traffic = { http: new Traffic(), udp: new Traffic() };
  const http = await bind('--http-port', config.httpPort, (port) =>
    startHttpListener({ tracker, clock, host, port, control, trustedProxies, traffic: traffic.http }),
  );
  try {
    const udp = await bind('--udp-port', config.udpPort ?? config.httpPort, (port) =>
      startUdpListener({ tracker, clock, host, port, secret, onError, traffic: traffic.udp }),
    );
    return {
      urls: [...usableUrls(http.url, ['127.0.0.1', '[::1]']), ...udp.urls.flatMap((url) => usableUrls(url, ['[::1]']))],
      udpPort: udp.port,
      stats: () => [
        { protocol: 'http', traffic: traffic.http.counts(), ...http.stats },
        { protocol: 'udp', traffic: traffic.udp.counts(), connections: 0, refusedConnections: 0 },
      ],
      close: async (graceMs) => {
        await Promise.all([http.close(graceMs), udp.close()]);
      },
    };
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

/** An address that stands for all is no address to copy and paste: `v6Names` are said instead of [::], 127.0.0.1 of 0.0.0.0. */
function usableUrls(url: string, v6Names: readonly string[]): string[] {
  if (url.includes('//[::]:')) return v6Names.map((name) => url.replace('[::]', name));
  return [url.replace('//0.0.0.0:', '//127.0.0.1:')];
}

/** Runs `open`; a port that is taken or forbidden is the operator's to change. */
async function bind<T>(flag: string, port: number, open: (port: number) => Promise<T>): Promise<T> {
  try {
    return await open(port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = BIND_FAILURES.get(code);
    if (reason === undefined) throw error;
    throw new UsageError(`cannot listen on port ${port}: ${reason}; see ${flag} and --host`);
  }
}
