// The operator's side of a node: its numbers, as documents and as metrics, and what it can be asked to do.

import type { AdminOptions } from '../shared/http/admin.ts';
import { AnswerCounts } from '../shared/http/answer-counts.ts';
import { isAdministered, rereadTokens } from '../shared/http/operator-options.ts';
import { OperatorNetworks, type OperatorTokens } from '../shared/http/operators.ts';
import type { Readers } from '../shared/http/readers.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Metric } from '../shared/platform/metrics.ts';
import { configDocument } from '../shared/platform/options.ts';
import type { Random } from '../shared/platform/random.ts';
import { RuntimeMetrics } from '../shared/platform/runtime-metrics.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import type { Guarded } from './access/guarded-tracker.ts';
import { LeakyBuckets } from './access/leaky-buckets.ts';
import { adminRoutes } from './api/admin.ts';
import type { FullScrapeRoute } from './api/full-scrape.ts';
import { SourceRates } from './api/source-rates.ts';
import { type NodeStats, nodeMetrics } from './api/stats.ts';
import { type NodeConfig, nodeOptions } from './config.ts';
import { FullScrape } from './jobs/full-scrape.ts';
import type { Standing } from './jobs/standing.ts';
import { TopList } from './jobs/top-list.ts';
import { type NodeStatsParts, nodeStatsOf } from './node-stats.ts';
import type { SharingSide } from './sharing-side.ts';
import type { ListReport } from './store/access-files.ts';
import { ListEditor } from './store/list-editor.ts';
import type { TopTorrent } from './tracker/top-torrents.ts';
import type { Tracker } from './tracker/tracker.ts';

export interface OperatorSide {
  readonly stats: () => NodeStats;
  readonly answers: AnswerCounts;
  readonly readers: Readers;
  /** undefined: there are none. */
  readonly metrics: (() => Metric[]) | undefined;
  /** undefined: all torrents cannot be scraped at once. */
  readonly fullScrape: FullScrapeRoute | undefined;
  readonly topTorrents: () => Promise<readonly TopTorrent[]>;
  /** undefined: nobody may have a token. */
  readonly admin: AdminOptions | undefined;
  /** Reads the tokens again. */
  reload(): void;
  stop(): Promise<void>;
}

/** Of one client: two at once, since there are two forms, then one in two minutes. */
const FULL_SCRAPE_RATES = { capacity: 2, secondsPerUnit: 120, maxBuckets: 4096 };

export interface OperatorSideParts extends Omit<NodeStatsParts, 'answers' | 'sharing'> {
  readonly tokens: OperatorTokens;
  readonly tracker: Tracker;
  /** What listeners serve of the tracker. */
  readonly door: Guarded;
  readonly random: Random;
  readonly standing: Standing;
  readonly sharingSide: SharingSide;
  /** Reads the access lists again. */
  readonly reloadLists: () => Promise<readonly ListReport[]>;
  /** Reads all that may have changed on disk again. */
  readonly reload: () => Promise<unknown>;
  readonly log: Log;
}

export function createOperatorSide(config: NodeConfig, parts: OperatorSideParts): OperatorSide {
  const answers = new AnswerCounts();
  const { sharing } = parts.sharingSide;
  const stats = nodeStatsOf({ ...parts, sharing, answers });
  const { tokens, tracker, door, clock, random, log, reload, reloadLists, standing } = parts;
  const trustedProxies = new NetworkSet(config.trustedProxy);
  const networks = new OperatorNetworks(config.allowMetrics, trustedProxies);
  const adminNetworks = new OperatorNetworks(config.allowAdmin, trustedProxies);
  const runtime = config.metrics ? new RuntimeMetrics() : undefined;
  const routes = adminRoutes({
    stats,
    config: () => configDocument(nodeOptions, config),
    lists: new ListEditor(config, reloadLists),
    reload,
    standing,
    origins: parts.sharingSide,
  });
  const topList = new TopList(tracker, clock);
  const directory = config.dataDirectory;
  const fullScrape = config.fullScrape ? new FullScrape({ tracker, door, directory, clock }) : undefined;
  const collect = () => [...nodeMetrics(stats()), ...(runtime?.collect() ?? [])];
  return {
    stats,
    answers,
    readers: { networks, tokens },
    metrics: config.metrics ? collect : undefined,
    fullScrape: fullScrape && {
      get: (form) => fullScrape.get(form),
      rates: new SourceRates({
        buckets: new LeakyBuckets(FULL_SCRAPE_RATES, random.uint32() | 0),
        per: 'client',
        trustedProxies,
        clock,
      }),
      clock,
    },
    topTorrents: () => topList.get(),
    admin: !isAdministered(config) ? undefined : { tokens, networks: adminNetworks, routes, log },
    reload: () => rereadTokens(tokens, config, log),
    stop: async () => {
      runtime?.stop();
      await fullScrape?.stop();
    },
  };
}
