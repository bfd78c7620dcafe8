// The one port of a supernode and its two doors: clients' announces and scrapes, and the control plane for the rest.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { UsageError } from '../../shared/errors.ts';
import { type BoundServer, createHttpServer, listenHttp } from '../../shared/http/listen.ts';
import type { Redirects } from './redirects.ts';

export type ControlHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpListenerOptions {
  /** All addresses of both families when left out. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  readonly redirects: Redirects;
  readonly control: ControlHandler;
}

export interface HttpListener extends BoundServer {
  /** Whether it listens on every address of the machine; `url` names one of them then. */
  readonly isEverywhere: boolean;
}

const BIND_FAILURES: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EACCES', 'this user may not'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['ENOTFOUND', 'the address is not known'],
]);
const EVERYWHERE = /\/\/(?:\[::\]|0\.0\.0\.0):/;

/** Throws a UsageError when the address is not to be had. */
export async function startHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { host, port, redirects, control } = options;
  const server = createHttpServer((request, response) => {
    if (!redirects.answer(request, response)) control(request, response);
  });
  const bound = await listenHttp(server, { host: host === '::' ? undefined : host, port }).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? BIND_FAILURES.get(error.code) : undefined;
    if (reason === undefined) throw error;
    throw new UsageError(`--http-port ${port}: ${reason}`);
  });
  const isEverywhere = EVERYWHERE.test(bound.url);
  return { ...bound, url: bound.url.replace(EVERYWHERE, '//127.0.0.1:'), isEverywhere };
}
