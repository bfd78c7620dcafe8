// Puts a supernode together, and takes it apart in order: listener, jobs, store.

import { AnswerCounts } from '../shared/http/answer-counts.ts';
import type { ControlHandler } from '../shared/http/door/control-door.ts';
import { createGuard, type Guard } from '../shared/http/guard.ts';
import { readTokens } from '../shared/http/operator-options.ts';
import type { OperatorTokens } from '../shared/http/operators.ts';
import { type Clock, systemClock } from '../shared/platform/clock.ts';
import { createLog, type Log } from '../shared/platform/log.ts';
import { type Random, systemRandom } from '../shared/platform/random.ts';
import { SOFTWARE } from '../shared/platform/software.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import { createApi } from './api/app.ts';
import { CarrierPolls } from './api/carriers.ts';
import { Changes } from './api/changes.ts';
import type { SupernodeNumbers } from './api/metrics.ts';
import { type ClusterSide, startClusterSide } from './cluster-side.ts';
import { checkConfig, type SupernodeConfig } from './config.ts';
import { type Core, openCore, startUpkeep } from './core.ts';
import { Quotas } from './directory/quotas.ts';
import { startFederationSide } from './federation-side.ts';
import { startHealingSide } from './healing-side.ts';
import { IndirectProbe } from './jobs/indirect-probe.ts';
import { OwnRecord } from './jobs/own-record.ts';
import { type HttpListener, startHttpListener } from './listeners/http.ts';
import { Redirects } from './listeners/redirects.ts';
import { startNewcomersSide } from './newcomers-side.ts';
import { createOperatorSide, type OperatorSide } from './operator-side.ts';
import { httpPortOf, publicUrls } from './public-urls.ts';
import { createReach } from './reach.ts';
import type { RecordStore } from './store/record-store.ts';
import { startWatchSide } from './watch-side.ts';

/** What a test may put in place of the system. */
export interface SupernodeOverrides {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The one door to the network. */
  readonly openGuard: typeof createGuard;
}

export interface SupernodeService {
  readonly id: Id;
  /** 'http://127.0.0.1:6970': what comes before /announce and /v2; usable on this machine. */
  readonly baseUrl: string;
  readonly announceUrl: string;
  /** Reads again what may have changed on disk. */
  reload(): Promise<void>;
  /** May be called again; settles when nothing of the supernode is left. */
  stop(): Promise<void>;
}

interface Parts extends SupernodeOverrides {
  readonly tokens: OperatorTokens;
  readonly redirects: Redirects;
  readonly ownRecord: OwnRecord;
  readonly urls: readonly string[];
  /** The supernodes whose feeds were read before this start. */
  readonly followedBefore: ReadonlySet<Id>;
}

const HTTP_UNAVAILABLE = 503;

/**
 * Resolves once the supernode listens. Throws a UsageError for a configuration that cannot work, an Error for a key or
 * database that cannot be read, and leaves nothing open.
 */
export async function startSupernode(
  config: SupernodeConfig,
  overrides: Partial<SupernodeOverrides> = {},
): Promise<SupernodeService> {
  checkConfig(config);
  const { clock = systemClock, random = systemRandom, openGuard = createGuard } = overrides;
  const log = overrides.log ?? createLog({ level: config.logLevel, role: 'supernode' });
  const tokens = readTokens(config);
  const core = await openCore(config, clock, random);
  const redirects = new Redirects({ directory: core.directory, random });
  // Nobody can be answered before the port is known, which the supernode's own record names.
  let control: ControlHandler = (_request, response) => void response.writeHead(HTTP_UNAVAILABLE).end();
  let server: HttpListener | undefined;
  try {
    server = await startHttpListener({
      host: config.host,
      port: config.httpPort,
      clock,
      trustedProxies: new NetworkSet(config.trustedProxy),
      isBehindProxyProtocol: config.proxyProtocol,
      redirects,
      control: (request, response) => control(request, response),
    });
    const urls = publicUrls(config, server, log);
    const description = { urls, state: 'open', software: SOFTWARE } as const;
    const ownRecord = await OwnRecord.publish({ ...core, description, clock });
    const followedBefore = new Set((await core.store.cursors()).keys());
    const parts = { clock, random, log, openGuard, tokens, redirects, ownRecord, urls, followedBefore };
    const supernode = new RunningSupernode(config, core, server, parts);
    control = supernode.control;
    return supernode;
  } catch (error) {
    await server?.close(0);
    await core.store.close();
    throw error;
  }
}

class RunningSupernode implements SupernodeService {
  readonly id: Id;
  readonly baseUrl: string;
  readonly announceUrl: string;
  readonly control: ControlHandler;
  readonly #config: SupernodeConfig;
  readonly #store: RecordStore;
  readonly #server: HttpListener;
  readonly #guard: Guard;
  readonly #changes: Changes;
  readonly #carriers: CarrierPolls;
  readonly #operators: OperatorSide;
  readonly #jobs: readonly { stop(): Promise<void> }[];
  readonly #cluster: ClusterSide;
  #stopped: Promise<void> | undefined;

  constructor(config: SupernodeConfig, core: Core, server: HttpListener, parts: Parts) {
    const { signer, directory, ledger, store } = core;
    const { clock, random, log, tokens, redirects, ownRecord, urls, followedBefore } = parts;
    this.id = signer.id;
    this.baseUrl = server.url;
    this.announceUrl = `${server.url}/announce`;
    this.#config = config;
    this.#store = store;
    this.#server = server;
    const { guard, clients, openGuard } = createReach(config, { signer, clock, random }, parts.openGuard);
    this.#guard = guard;
    this.#changes = new Changes(ledger);
    this.#carriers = new CarrierPolls(directory, random);

    const base = { self: signer.id, directory, ledger, clock, random, log };
    const witnesses = (): readonly Id[] => federation.followed();
    const indirect = new IndirectProbe({ ...base, client: clients.supernode, witnesses });
    const door = startNewcomersSide(config, { common: base, signer, openGuard, indirect, witnesses });
    const common = { ...base, newcomers: door.newcomers };

    this.#cluster = startClusterSide({ ledger, store, random, log });
    const { leadership } = this.#cluster;
    const announcedPort = httpPortOf(urls);
    const federating = { common, clients, cursors: store, followedBefore, leadership, ownRecord, announcedPort };
    const federation = startFederationSide(config, federating);
    const watch = startWatchSide(config, { common, clients, witnesses, indirect });
    const answers = new AnswerCounts();
    const { mortality } = watch;
    const healing = startHealingSide(config, { common, clients, signer, mortality, leadership, witnesses });
    const numbers = (): SupernodeNumbers => ({
      directory,
      healing: healing.stats(),
      redirects: redirects.counts,
      connections: server.stats,
      followed: federation.followed().length,
      waiting: this.#changes.waiting,
      ledger,
      newcomers: door.room,
      answers,
    });
    const operators = createOperatorSide(config, { numbers, healing, tokens, log });
    this.#operators = operators;
    this.#jobs = [door, federation, watch, healing, operators, startUpkeep(core, ownRecord, random, log)];

    this.control = createApi({
      ...common,
      signer,
      changes: this.#changes,
      carriers: this.#carriers,
      quotas: new Quotas(),
      joins: door.joins,
      observer: watch.observer,
      ownRecord,
      trustedProxies: new NetworkSet(config.trustedProxy),
      answers,
      readers: operators.readers,
      metrics: operators.metrics,
      admin: operators.admin,
      load: () => directory.room.fill,
    });
  }

  async reload(): Promise<void> {
    this.#operators.reload();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #stopInOrder(): Promise<void> {
    this.#changes.close();
    this.#carriers.close();
    await this.#server.close(this.#config.graceMs);
    // Closing the guard ends the calls that the jobs wait for.
    await Promise.all([...this.#jobs.map((job) => job.stop()), this.#guard.close()]);
    await this.#cluster.stop();
    await this.#store.close();
  }
}
