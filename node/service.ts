// Puts a node together, and takes it apart in order: its word to supernodes, listeners, jobs, what the core has not written yet, store.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlHandler } from '../shared/http/door/control-door.ts';
import { createGuard, type Guard } from '../shared/http/guard.ts';
import { readTokens } from '../shared/http/operator-options.ts';
import type { OperatorTokens } from '../shared/http/operators.ts';
import { SupernodeClient } from '../shared/http/supernode-client.ts';
import { type Finding, FROM_DHT, startFinding } from '../shared/network/finding.ts';
import { readDhtWish } from '../shared/network/finding-options.ts';
import { readSupernodes } from '../shared/network/named-supernode.ts';
import { type Clock, systemClock } from '../shared/platform/clock.ts';
import type { Repetition } from '../shared/platform/every.ts';
import { createLog, type Log } from '../shared/platform/log.ts';
import { type Random, systemRandom } from '../shared/platform/random.ts';
import { SOFTWARE } from '../shared/platform/software.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import { parseBaseUrl } from '../shared/protocol/records/message-fields.ts';
import type { Operator } from '../shared/protocol/records/operator.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import { DEFAULT_WEIGHT } from '../shared/protocol/records/statements.ts';
import { LeakyBuckets, type LeakyBucketsOptions } from './access/leaky-buckets.ts';
import { type AccessSide, openAccess } from './access-side.ts';
import { createApi } from './api/app.ts';
import { type NodeDescription, OwnRecord } from './api/own-record.ts';
import { CATALOGUE_PAGES, Quota, SIGNATURE_CHECKS } from './api/quota.ts';
import { SourceRates } from './api/source-rates.ts';
import { type BoundListeners, openListeners } from './bound-listeners.ts';
import { checkConfig, MAX_SUPERNODES, type NodeConfig } from './config.ts';
import { type Core, openCore, startFailure } from './core.ts';
import { startDisuse } from './jobs/disuse.ts';
import { Joins } from './jobs/joins.ts';
import { type LoadWatch, startLoadWatch } from './jobs/load-watch.ts';
import { restoreSwarms, type Snapshots, type SwarmFiles, startSnapshots } from './jobs/snapshots.ts';
import { Standing } from './jobs/standing.ts';
import { startUpkeep, type Upkeep } from './jobs/upkeep.ts';
import { createOperatorSide, type OperatorSide } from './operator-side.ts';
import { SharingSide } from './sharing-side.ts';
import type { ListReport } from './store/access-files.ts';
import type { JoinedSupernode } from './store/supernodes.ts';
import { udpSecretOf } from './udp-secret.ts';

/** What a test may put in place of the system. */
export interface NodeOverrides {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The one door to the network. */
  readonly openGuard: typeof createGuard;
}

export interface NodeService {
  readonly id: Id;
  /** Announce URLs of the bound addresses, HTTP first, WebSocket last. */
  readonly urls: readonly string[];
  /** 'http://127.0.0.1:6969': what comes before /announce and /v2. */
  readonly baseUrl: string;
  /** Settles when every configured supernode has been tried once; false when the node was stopped before. */
  readonly ready: Promise<boolean>;
  /** Reads again what may have changed on disk. */
  reload(): Promise<void>;
  /** May be called again; settles when nothing of the node is left. */
  stop(): Promise<void>;
}

interface Parts extends NodeOverrides {
  readonly tokens: OperatorTokens;
  readonly access: AccessSide;
}

const HTTP_UNAVAILABLE = 503;
const ANNOUNCE_SUFFIX = /\/announce$/;

/**
 * Resolves once the node listens; it has not joined anybody then. Throws a UsageError for a configuration that cannot work,
 * an Error for a key or database that cannot be read, and leaves nothing open.
 */
export async function startNode(config: NodeConfig, overrides: Partial<NodeOverrides> = {}): Promise<NodeService> {
  checkConfig(config);
  const { clock = systemClock, random = systemRandom, openGuard = createGuard } = overrides;
  const log = overrides.log ?? createLog({ level: config.logLevel, role: 'node' });
  const tokens = readTokens(config);
  const core = await openCore(config, random, log);
  let listeners: BoundListeners | undefined;
  // Nobody can be answered before the port is known, which the node's own record names.
  let control: ControlHandler = (_request, response) => void response.writeHead(HTTP_UNAVAILABLE).end();
  try {
    const { image, journal } = core.tracker;
    await restoreSwarms({ files: swarmFiles(config), image, journal, clock, log });
    const access = await openAccess(config, { ...core, random, log });
    listeners = await openListeners(config, {
      tracker: access.door,
      sources: access.sources,
      clock,
      random,
      log,
      control: (request, response) => control(request, response),
      secret: udpSecretOf(config.udpSecretFile, core.signer),
    });
    const node = new RunningNode(config, core, listeners, { clock, random, log, openGuard, tokens, access });
    control = node.control;
    return node;
  } catch (error) {
    await listeners?.close(0);
    core.store.close();
    throw startFailure(config, error);
  }
}

class RunningNode implements NodeService {
  readonly id: Id;
  readonly urls: readonly string[];
  readonly baseUrl: string;
  readonly ready: Promise<boolean>;
  readonly control: ControlHandler;
  readonly #config: NodeConfig;
  readonly #core: Core;
  readonly #listeners: BoundListeners;
  readonly #guard: Guard;
  readonly #joins: Joins;
  readonly #standing: Standing;
  readonly #upkeep: Upkeep;
  readonly #disuse: Repetition;
  readonly #finding: Finding;
  readonly #access: AccessSide;
  readonly #loadWatch: LoadWatch;
  readonly #operators: OperatorSide;
  readonly #sharing: SharingSide;
  readonly #snapshots: Snapshots;
  #stopped: Promise<void> | undefined;

  constructor(config: NodeConfig, core: Core, listeners: BoundListeners, parts: Parts) {
    const { signer, store, tracker, holdings } = core;
    const { clock, random, log, tokens, access } = parts;
    this.id = signer.id;
    this.urls = listeners.urls;
    this.baseUrl = listeners.urls[0]!.replace(ANNOUNCE_SUFFIX, '');
    this.#config = config;
    this.#core = core;
    this.#listeners = listeners;
    const description = describe(config, this.baseUrl, listeners.udpPort, core.operator);
    const takeSequence = (now: number): number => store.ownSequence.take(now);
    const ownRecord = new OwnRecord({ description, signer, clock, takeSequence });
    const configured = readSupernodes(config.supernode);
    const configuredUrls = configured.map(({ url }) => url);
    this.#guard = parts.openGuard({ allowNetworks: config.allowNetwork, configuredUrls });
    const client = new SupernodeClient({ guard: this.#guard, signer, clock, random });
    this.#joins = new Joins({
      configured,
      origins: config.dht ? [...config.network, FROM_DHT] : config.network,
      maxSupernodes: MAX_SUPERNODES,
      client,
      store: store.supernodes,
      ownRecord: () => ownRecord.current(),
      clock,
      random,
      log,
    });
    this.#finding = startFinding({
      domains: config.network,
      dht: readDhtWish(config, config.host),
      onFound: (named, origin) => this.#joins.find(named, origin),
      client,
      random,
      log,
    });
    this.#standing = new Standing({ ownRecord, joins: this.#joins });
    this.ready = this.#standing.ready;
    this.#upkeep = startUpkeep({ tracker, holdings, clock, random, log });
    const { unusedAfterMs } = config;
    this.#disuse = startDisuse({ tracker, holdings, unusedAfterMs, clock, random, log });
    const supernodes = (): JoinedSupernode[] => this.#joins.joined;
    const sharingParts = { signer, store, tracker, guard: this.#guard, supernodes, clock, random, log };
    this.#sharing = new SharingSide(config, sharingParts);
    const intervalMs = config.snapshotIntervalMs;
    this.#snapshots = startSnapshots({
      files: swarmFiles(config),
      image: tracker.image,
      journal: tracker.journal,
      intervalMs,
      clock,
      random,
      log,
    });
    this.#access = access;
    const announces = (): number => announcesOf(listeners);
    const policy = { fullRate: config.announceCapacity };
    this.#loadWatch = startLoadWatch({ tracker, announces, policy, clock, random, log });
    this.#operators = createOperatorSide(config, {
      tokens,
      clock,
      random,
      tracker,
      door: access.door,
      listeners,
      joins: this.#joins,
      standing: this.#standing,
      store,
      sharingSide: this.#sharing,
      reloadLists: () => access.reload(),
      reload: () => this.#reloadAll(),
      log,
    });
    const trustedProxies = new NetworkSet(config.trustedProxy);
    const quota = (rates: LeakyBucketsOptions, of: string): Quota => {
      const buckets = new LeakyBuckets(rates, random.uint32() | 0);
      return new Quota(new SourceRates({ buckets, per: 'network', trustedProxies, clock }), of);
    };
    const checks = quota(SIGNATURE_CHECKS, 'signatures to check');
    const { stats, ...operators } = this.#operators;
    this.control = createApi({
      ping: { signer, clock, ownRecord, holdings, load: () => loadOf(core) },
      catalogue: { signer, holdings, pages: quota(CATALOGUE_PAGES, 'pages of the catalogue') },
      plant: {
        signer,
        clock,
        holdings,
        hasJoined: (id) => this.#joins.hasJoined(id),
        isForbidden: access.isForbidden,
        checks,
        coCarriers: this.#sharing,
      },
      sharing: { signer, clock, sharing: this.#sharing.sharing, checks },
      status: { id: signer.id, readiness: () => this.#standing.readiness, stats },
      ...operators,
      log,
    });
  }

  async reload(): Promise<void> {
    await this.#reloadAll();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #reloadAll(): Promise<readonly ListReport[]> {
    this.#operators.reload();
    const [reports] = await Promise.all([this.#access.reload(), this.#listeners.reload()]);
    return reports;
  }

  /** Each step is taken whatever became of those before: a full disk keeps no port open. */
  async #stopInOrder(): Promise<void> {
    const { drainMs, graceMs } = this.#config;
    const failures: unknown[] = [];
    const take = async (...work: (() => unknown)[]): Promise<void> => {
      const results = await Promise.allSettled(work.map(async (part) => part()));
      for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
    };
    await take(() => this.#standing.enter('left'));
    if (drainMs > 0) await pause(drainMs);
    await take(() => this.#listeners.close(graceMs));
    // Closing the guard ends the calls that the jobs wait for.
    const jobs = [this.#joins, this.#upkeep, this.#disuse, this.#finding, this.#loadWatch, this.#sharing];
    await take(...[...jobs, this.#operators].map((job) => () => job.stop()), () => this.#guard.close());
    await take(() => this.#snapshots.stop());
    await take(() => this.#core.store.close());
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be kept');
  }
}

function swarmFiles({ dataDirectory }: NodeConfig): SwarmFiles {
  return { snapshot: join(dataDirectory, 'swarms.snapshot'), journal: join(dataDirectory, 'swarms.journal') };
}

function describe(
  config: NodeConfig,
  baseUrl: string,
  udpPort: number,
  operator: Operator | undefined,
): NodeDescription {
  const urls = config.publicUrl.length === 0 ? [baseUrl] : config.publicUrl.map(parseBaseUrl);
  const whose = operator === undefined ? {} : { operator };
  return { urls, udpPort, weight: DEFAULT_WEIGHT, software: SOFTWARE, ...whose };
}

/** How full the fullest store of the node is, in per cent. */
function loadOf({ tracker, holdings }: Core): number {
  return Math.min(100, Math.round(100 * Math.max(holdings.fill, tracker.fill)));
}

function announcesOf(listeners: BoundListeners): number {
  const counts = listeners.stats().map(({ traffic }) => traffic.ipv4.announces + traffic.ipv6.announces);
  return counts.reduce((total, count) => total + count, 0);
}
