// The control plane of a node as one express application: everything on the HTTP port but announces and scrapes.

import express, { type Express } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { ADMIN_PATH, type AdminOptions, createAdminRouter } from '../../shared/http/admin.ts';
import type { AnswerCounts } from '../../shared/http/answer-counts.ts';
import { readBencodedBody } from '../../shared/http/bencoded-body.ts';
import { handleErrors, notFound } from '../../shared/http/error-handler.ts';
import { createMetricsHandler } from '../../shared/http/metrics.ts';
import { forReaders, type Readers } from '../../shared/http/readers.ts';
import { oneEachTurn } from '../../shared/http/turns.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Metric } from '../../shared/platform/metrics.ts';
import { RELEASE_PATH } from '../../shared/protocol/messages/release-messages.ts';
import { SHARE_PATH, SYNC_PATH } from '../../shared/protocol/messages/share-messages.ts';
import type { TopTorrent } from '../tracker/top-torrents.ts';
import { type CatalogueOptions, createCatalogueHandler } from './catalogue.ts';
import { createFullScrapeRouter, type FullScrapeRoute } from './full-scrape.ts';
import { createPingHandler, type PingOptions } from './ping.ts';
import { createPlantHandler, PLANT_PATH, type PlantOptions } from './plant.ts';
import { createReleaseHandler } from './release.ts';
import { createShareHandler, type ShareOptions } from './share.ts';
import { createStatusRouter, type StatusOptions } from './status.ts';
import { createSyncHandler, type SyncOptions } from './sync.ts';
import { createTopHandler } from './top.ts';

export interface ApiOptions {
  readonly ping: PingOptions;
  readonly catalogue: CatalogueOptions;
  readonly plant: PlantOptions;
  /** undefined: peers are not shared. */
  readonly sharing?: (ShareOptions & SyncOptions) | undefined;
  readonly status: StatusOptions;
  /** Who may read metrics and the list of top torrents. */
  readonly readers: Readers;
  /** undefined: there are none. */
  readonly metrics: (() => Metric[]) | undefined;
  /** undefined: all torrents cannot be scraped at once. */
  readonly fullScrape: FullScrapeRoute | undefined;
  /** undefined: there is nothing to administer by, see --admin-token. */
  readonly admin: AdminOptions | undefined;
  readonly topTorrents: () => Promise<readonly TopTorrent[]>;
  readonly answers: AnswerCounts;
  readonly log: Log;
}

/** helmet's defaults suppose HTTPS: they would turn the links of a page that came over HTTP into links that lead nowhere. */
const PROTECTION: HelmetOptions = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
};

export function createApi(options: ApiOptions): Express {
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(oneEachTurn());
  app.use(options.answers.handler);
  app.use(helmet(PROTECTION));
  app.get('/v2/ping', createPingHandler(options.ping));
  app.get('/v2/catalogue', createCatalogueHandler(options.catalogue));
  app.post(PLANT_PATH, readBencodedBody(), createPlantHandler(options.plant));
  app.post(RELEASE_PATH, readBencodedBody(), createReleaseHandler(options.plant));
  if (options.sharing !== undefined) {
    app.post(SHARE_PATH, readBencodedBody(), createShareHandler(options.sharing));
    app.post(SYNC_PATH, readBencodedBody(), createSyncHandler(options.sharing));
  }
  const readers = forReaders(options.readers);
  app.use(createStatusRouter(options.status));
  app.get('/stats/top', readers, createTopHandler(options.topTorrents));
  app.use(createFullScrapeRouter(options.fullScrape));
  if (options.metrics !== undefined) app.get('/metrics', readers, createMetricsHandler(options.metrics));
  if (options.admin !== undefined) app.use(ADMIN_PATH, createAdminRouter(options.admin));
  app.use(notFound);
  app.use(handleErrors(options.log));
  return app;
}
