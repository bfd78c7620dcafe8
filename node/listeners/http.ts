// The HTTP door of a node: announces and scrapes are answered by its tracker, whoever accepts the connections.

import type { Acceptor } from '../../shared/http/door/acceptor.ts';
import {
  DEFAULT_DOOR_LIMITS,
  type HttpDoorLimits,
  type HttpDoorOptions,
  type HttpListener,
  openHttpDoor,
} from '../../shared/http/door/http-door.ts';
import { ServerAcceptor, type ServerAcceptorOptions } from '../../shared/http/door/server-acceptor.ts';
import type { Notes } from '../../shared/protocol/tracker/http-reply.ts';
import type { SourceGate } from '../access/source-gate.ts';
import { isForAddon, loadAddon } from '../native/addon.ts';
import { Traffic } from '../tracker/traffic.ts';
import { HttpAnswers, type TrackerDoor } from './http-answers.ts';
import { HttpBatches } from './http-batches.ts';

export interface HttpListenerOptions extends HttpDoorOptions {
  readonly tracker: TrackerDoor;
  /** Trusted proxies begin each connection with a header of the PROXY protocol. */
  readonly isBehindProxyProtocol?: boolean | undefined;
  /** Turns announces and scrapes away by their sender; without it nobody is. */
  readonly sources?: SourceGate | undefined;
  /** What users of clients are told with each announce; see MAX_WARNING_CHARACTERS. */
  readonly notes?: Notes;
  /** Where requests are counted, if anybody wants to know. */
  readonly traffic?: Traffic | undefined;
  /** The addon in C as the front, where it is built and nothing stands before HTTP; so unless told otherwise. */
  readonly native?: boolean | undefined;
  /** How many threads of the addon accept, read and send; 1, the default, is none. */
  readonly workers?: number | undefined;
}

/** Listens; rejects when the address cannot be bound. */
export function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { native = true, isBehindProxyProtocol = false, host = '::', trustedProxies, workers = 1 } = options;
  const addon = native && !isBehindProxyProtocol && isForAddon(host) ? loadAddon() : undefined;
  return startListenerOn(
    addon === undefined ? createAcceptor(options) : new HttpBatches(addon, workers, trustedProxies),
    options,
  );
}

/** The acceptor without the addon, behind TLS when it is given a server for that. */
export function createAcceptor(options: HttpListenerOptions, tls?: ServerAcceptorOptions['tls']): Acceptor {
  const { headTimeoutMs }: HttpDoorLimits = { ...DEFAULT_DOOR_LIMITS, ...options.limits };
  const { isBehindProxyProtocol, trustedProxies } = options;
  const announcers = isBehindProxyProtocol === true ? trustedProxies : undefined;
  return new ServerAcceptor({ tls, announcers, trustedProxies, headTimeoutMs });
}

/** Listens with an acceptor of the caller's choice, which does not listen yet. */
export function startListenerOn(acceptor: Acceptor, options: HttpListenerOptions): Promise<HttpListener> {
  const { tracker, traffic = new Traffic(), sources, notes } = options;
  return openHttpDoor(acceptor, new HttpAnswers(tracker, traffic, sources, notes), options);
}
