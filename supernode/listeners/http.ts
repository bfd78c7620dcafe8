// The one port of a supernode and its two doors: clients' announces and scrapes, and the control plane for the rest.

import { UsageError } from '../../shared/errors.ts';
import { bindFailure, usableUrls } from '../../shared/http/door/bound-urls.ts';
import type { ControlHandler } from '../../shared/http/door/control-door.ts';
import {
  DEFAULT_DOOR_LIMITS,
  type HttpDoorOptions,
  type HttpDoorStats,
  openHttpDoor,
} from '../../shared/http/door/http-door.ts';
import { ServerAcceptor } from '../../shared/http/door/server-acceptor.ts';
import { REFUSALS } from '../../shared/protocol/tracker/refusal.ts';
import { type Redirects, sendRefusal } from './redirects.ts';

export interface HttpListenerOptions extends HttpDoorOptions {
  readonly redirects: Redirects;
  /** Trusted proxies begin each connection with a header of the PROXY protocol. */
  readonly isBehindProxyProtocol?: boolean | undefined;
}

export interface HttpListener {
  /** Base URL of the bound address, usable on this machine: 'http://127.0.0.1:6970'. */
  readonly url: string;
  /** Whether it listens on every address of the machine; `url` names one of them then. */
  readonly isEverywhere: boolean;
  readonly stats: Readonly<HttpDoorStats>;
  /** Stops accepting, lets what was asked be answered, ends what remains after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const EVERYWHERE = /\/\/(?:\[::\]|0\.0\.0\.0):/;
const ANNOUNCE_SUFFIX = /\/announce$/;

/** Throws a UsageError when the address is not to be had. */
export async function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { redirects, port } = options;
  const host = options.host === '::' ? undefined : options.host;
  const announcers = options.isBehindProxyProtocol === true ? options.trustedProxies : undefined;
  const acceptor = new ServerAcceptor({ announcers, headTimeoutMs: DEFAULT_DOOR_LIMITS.headTimeoutMs });
  const control = refuseBareScrapes(redirects, options.control);
  const door = await openHttpDoor(acceptor, redirects, { ...options, host, control }).catch((error: unknown) => {
    const reason = bindFailure(error);
    if (reason === undefined) throw error;
    throw new UsageError(`--http-port ${port}: ${reason}`);
  });
  const url = door.url.replace(ANNOUNCE_SUFFIX, '');
  const { stats, close } = door;
  return { url: usableUrls([url], true)[0]!, isEverywhere: EVERYWHERE.test(url), stats, close };
}

/** A scrape of everything, which the door leaves to the control plane, is answered by nodes alone. */
function refuseBareScrapes(redirects: Redirects, control: ControlHandler): ControlHandler {
  return (request, response) => {
    if (request.method === 'GET' && request.url === '/scrape') {
      sendRefusal(response, redirects.refuse(REFUSALS.noScrapeHashes));
    } else {
      control(request, response);
    }
  };
}
