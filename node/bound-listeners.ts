// The listeners of a node as one thing to open, reload and close, and the URLs under which they can be reached.

import { UsageError } from '../shared/errors.ts';
import { bindFailure, usableUrls } from '../shared/http/door/bound-urls.ts';
import type { ControlHandler } from '../shared/http/door/control-door.ts';
import type { HttpListener } from '../shared/http/door/http-door.ts';
import type { Clock } from '../shared/platform/clock.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import type { SourceGate } from './access/source-gate.ts';
import type { NodeConfig } from './config.ts';
import { type CertificateOptions, readCertificate } from './listeners/certificate.ts';
import { type HttpListenerOptions, startHttpListener } from './listeners/http.ts';
import type { TrackerDoor } from './listeners/http-answers.ts';
import { startHttpsListener } from './listeners/https.ts';
import type { TorrentDoor } from './listeners/introductions.ts';
import { startUdpListener } from './listeners/udp.ts';
import { createWebSocketListener, type WebSocketListener } from './listeners/websocket.ts';
import { type ListenerStats, Traffic } from './tracker/traffic.ts';

export interface BoundListeners {
  /** Announce URLs, HTTP first, usable on this machine: 'http://127.0.0.1:6969/announce'. */
  readonly urls: readonly string[];
  readonly udpPort: number;
  stats(): ListenerStats[];
  /** Reads again what may have changed on disk; what cannot be read is logged, and what was in use stays. */
  reload(): Promise<void>;
  /** Stops accepting; what was asked is answered, for `graceMs` at most. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerParts {
  readonly tracker: TrackerDoor & TorrentDoor;
  /** Turns senders away; without it nobody is. */
  readonly sources?: SourceGate | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly control: ControlHandler;
  /** For UDP connection ids: 16 bytes, the same for all who answer on this address. */
  readonly secret: Uint8Array;
}

/** One of the listeners. */
interface Bound {
  readonly urls: readonly string[];
  readonly port: number;
  stats(): ListenerStats;
  reload?(): Promise<void>;
  close(graceMs: number): Promise<void>;
}

/** What HTTP and HTTPS have in common; `webSockets` is one for both, so that browsers meet whichever they use. */
type WebOptions = Omit<HttpListenerOptions, 'port' | 'traffic'> & {
  readonly webSockets: WebSocketListener | undefined;
};

/** Binds everything that the configuration names; throws a UsageError when an address or a certificate is not to be had. */
export async function openListeners(config: NodeConfig, parts: ListenerParts): Promise<BoundListeners> {
  const { httpPort, udpPort = httpPort, httpsPort } = config;
  const trustedProxies = new NetworkSet(config.trustedProxy);
  const webSocketTraffic = new Traffic();
  const webSockets = config.websocket
    ? createWebSocketListener({ ...parts, trustedProxies, traffic: webSocketTraffic })
    : undefined;
  const { proxyProtocol: isBehindProxyProtocol, trackerId, warningMessage: warning } = config;
  const web: WebOptions = {
    ...parts,
    host: hostOf(config),
    trustedProxies,
    isBehindProxyProtocol,
    notes: { trackerId, warning },
    webSockets,
  };
  const certificate = await certificateOf(config, parts);
  const bound: Bound[] = [];
  try {
    bound.push(await bind(config, '--http-port', httpPort, (port) => openHttp(port, config, web, parts.log)));
    const udp = await bind(config, '--udp-port', udpPort, (port) => openUdp(port, config, parts));
    bound.push(udp);
    if (certificate !== undefined && httpsPort !== undefined) {
      bound.push(await bind(config, '--https-port', httpsPort, (port) => openHttps(port, web, certificate)));
    }
    const urls = bound.flatMap((listener) => listener.urls);
    return {
      urls: webSockets === undefined ? urls : [...urls, ...webSocketUrls(urls)],
      udpPort: udp.port,
      stats: () => {
        const stats = bound.map((listener) => listener.stats());
        return webSockets === undefined ? stats : [...stats, statsOf(webSockets, webSocketTraffic)];
      },
      reload: async () => {
        await Promise.all(bound.map((listener) => listener.reload?.()));
      },
      close: (graceMs) => closeAll(bound, graceMs),
    };
  } catch (error) {
    webSockets?.close();
    await closeAll(bound, 0);
    throw error;
  }
}

async function closeAll(bound: readonly Bound[], graceMs: number): Promise<void> {
  await Promise.all(bound.map((listener) => listener.close(graceMs)));
}

async function openHttp(port: number, config: NodeConfig, options: WebOptions, log: Log): Promise<Bound> {
  const traffic = new Traffic();
  const { native, workers } = config;
  const listener = await startHttpListener({ ...options, port, native, workers, traffic });
  report(log, 'HTTP', listener.isNative, workers);
  return webBound('http', listener, traffic);
}

function report(log: Log, protocol: string, isNative: boolean, workers: number): void {
  log.info({ isNative, workers: isNative ? workers : 1 }, `${protocol} listens`);
  if (!isNative && workers > 1)
    log.warn(
      `${protocol} has one worker: more need the native addon, and HTTP does without it behind --proxy-protocol`,
    );
}

async function openHttps(port: number, options: WebOptions, certificate: CertificateOptions): Promise<Bound> {
  const traffic = new Traffic();
  const listener = await startHttpsListener({ ...options, port, traffic, certificate });
  return { ...webBound('https', listener, traffic), reload: () => listener.reload() };
}

function webBound(protocol: 'http' | 'https', listener: HttpListener, traffic: Traffic): Bound {
  return {
    urls: usableUrls([listener.url], true),
    port: listener.port,
    stats: () => ({ protocol, traffic: traffic.counts(), ...listener.stats }),
    close: (graceMs) => listener.close(graceMs),
  };
}

async function openUdp(port: number, config: NodeConfig, parts: ListenerParts): Promise<Bound> {
  const { tracker, clock, secret, sources, log } = parts;
  const traffic = new Traffic();
  const listener = await startUdpListener({
    tracker,
    clock,
    secret,
    sources,
    traffic,
    host: hostOf(config),
    port,
    connectionIdSeconds: Math.round(config.udpConnectionLifetimeMs / 1000),
    native: config.native,
    workers: config.workers,
    onError: (error) => log.error({ err: error }, 'UDP socket failed'),
  });
  report(log, 'UDP', listener.isNative, config.workers);
  return {
    urls: usableUrls(listener.urls, false),
    port: listener.port,
    stats: () => ({ protocol: 'udp', traffic: traffic.counts(), connections: 0, refusedConnections: 0 }),
    close: () => listener.close(),
  };
}

/** Reads the certificate before anything is bound, so that it is the certificate that is named when it cannot be used. */
async function certificateOf(config: NodeConfig, parts: ListenerParts): Promise<CertificateOptions | undefined> {
  const { tlsCertificate, tlsKey } = config;
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  const options: CertificateOptions = {
    certificateFile: tlsCertificate,
    keyFile: tlsKey,
    random: parts.random,
    onError: (error) => parts.log.error({ err: error }, 'the certificate in use stays: the new one cannot be used'),
  };
  try {
    await readCertificate(options);
    return options;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--tls-certificate and --tls-key cannot be used: ${reason}`);
  }
}

function statsOf(webSockets: WebSocketListener, traffic: Traffic): ListenerStats {
  const { sockets, refusedSockets } = webSockets.stats;
  const connections = { connections: sockets, refusedConnections: refusedSockets };
  return { protocol: 'websocket', traffic: traffic.counts(), ...connections };
}

/** http://HOST/announce -> ws://HOST/announce, https -> wss. */
function webSocketUrls(urls: readonly string[]): string[] {
  return urls.filter((url) => url.startsWith('http')).map((url) => url.replace('http', 'ws'));
}

/** Undefined for all addresses of both families. */
function hostOf({ host }: NodeConfig): string | undefined {
  return host === '::' ? undefined : host;
}

/** Runs `open`; a port that is taken or forbidden is the operator's to change. */
async function bind<T>(
  { host }: NodeConfig,
  flag: string,
  port: number,
  open: (port: number) => Promise<T>,
): Promise<T> {
  try {
    return await open(port);
  } catch (error) {
    const reason = bindFailure(error);
    if (reason === undefined) throw error;
    const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
    throw new UsageError(`cannot listen on ${where}: ${reason}; see ${flag} and --host`);
  }
}
