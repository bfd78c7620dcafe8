// The control plane of a supernode as one express application: everything on its port but announces and scrapes.

import express, { type Express } from 'express';
import helmet from 'helmet';
import { ADMIN_PATH, type AdminOptions, createAdminRouter } from '../../shared/http/admin.ts';
import type { AnswerCounts } from '../../shared/http/answer-counts.ts';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import { handleErrors, notFound } from '../../shared/http/error-handler.ts';
import { createMetricsHandler } from '../../shared/http/metrics.ts';
import { forReaders, type Readers } from '../../shared/http/readers.ts';
import { oneEachTurn } from '../../shared/http/turns.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Metric } from '../../shared/platform/metrics.ts';
import { pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Quotas } from '../directory/quotas.ts';
import type { Ledger } from '../store/ledger.ts';
import { addCallRoutes, type CallRoutesOptions } from './call-routes.ts';
import { addDirectoryRoutes, type DirectoryRoutesOptions } from './directory-routes.ts';
import { listTrackers } from './lists.ts';
import { CHALLENGE, readValue } from './query.ts';
import { homePage, statsOf } from './status.ts';

export interface ApiOptions extends DirectoryRoutesOptions, CallRoutesOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly quotas: Quotas;
  readonly ownRecord: { current(): Uint8Array };
  readonly answers: AnswerCounts;
  /** Who may read metrics. */
  readonly readers: Readers;
  /** undefined: there are none. */
  readonly metrics: (() => Metric[]) | undefined;
  /** undefined: there is nothing to administer by, see --admin-token. */
  readonly admin: AdminOptions | undefined;
  /** 0 idle - 100 full. */
  readonly load: () => number;
}

const UNAVAILABLE = 503;

export function createApi(options: ApiOptions): Express {
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(oneEachTurn());
  app.use(options.answers.handler);
  app.use(helmet());
  addDirectoryRoutes(app, options);
  addCallRoutes(app, options);
  addStatus(app, options);
  addOperators(app, options);
  app.use(notFound);
  app.use(handleErrors(options.log));
  return app;
}

function addStatus(app: Express, { signer, clock, directory, ledger, ownRecord, load }: ApiOptions): void {
  const startedAt = clock.now();
  const uptimeSeconds = (): number => Math.max(0, Math.floor((clock.now() - startedAt) / 1000));
  app.get('/v2/ping', (request, response) => {
    const challenge = readValue(request, 'challenge', CHALLENGE);
    const pong = { challenge, record: ownRecord.current(), load: load(), uptimeSeconds: uptimeSeconds() };
    sendBencoded(response, pongRecord.sign(pong, signer).bytes);
  });
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', id: signer.id, uptimeSeconds: uptimeSeconds(), ...statsOf(directory) });
  });
  app.get('/ready', (_request, response) => {
    const word = ledger.isWritable ? 'ready' : 'database';
    response.status(ledger.isWritable ? 200 : UNAVAILABLE);
    response.type('text').send(`${word}\n`);
  });
  app.get('/trackers.txt', (_request, response) => {
    response.type('text').send(listTrackers(directory, clock.now()));
  });
  app.get('/', (_request, response) => {
    response.type('html').send(homePage(signer.id, statsOf(directory)));
  });
}

function addOperators(app: Express, { metrics, readers, admin }: ApiOptions): void {
  if (metrics !== undefined) app.get('/metrics', forReaders(readers), createMetricsHandler(metrics));
  if (admin !== undefined) app.use(ADMIN_PATH, createAdminRouter(admin));
}
