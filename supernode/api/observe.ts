// POST /v2/probe and /v2/observations: what this supernode sees of nodes, for other supernodes.

import { PublicError } from '../../shared/errors.ts';
import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type {
  Observation,
  ObservationsAnswer,
  ObservationsCall,
  ProbeAnswer,
  ProbeCall,
} from '../../shared/protocol/messages/federation-messages.ts';
import { pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { type AttemptLimits, Attempts } from '../directory/attempts.ts';
import type { Directory } from '../directory/directory.ts';
import { type NodeEntry, openMember } from '../directory/entry.ts';
import type { LocalHealth } from '../directory/local-health.ts';
import type { Mortality } from '../directory/mortality.ts';
import { isSamePlace } from '../directory/registry.ts';

export interface ObserverOptions {
  readonly directory: Directory;
  readonly health: Pick<LocalHealth, 'isHealthy'>;
  readonly mortality: Pick<Mortality, 'silence'>;
  readonly client: Pick<NodeClient, 'fetchPong'>;
  readonly clock: Clock;
}

/** Probes on behalf of one supernode: as many as when a tenth of a thousand nodes fall silent at once. */
const PROBE_ATTEMPTS: AttemptLimits = { burst: 100, perMinute: 300, maxNetworks: 256 };
/** Probes under way for others, of all nodes and of one. */
const MAX_PROBES = 32;
const MAX_PROBES_PER_NODE = 3;
const PROBE_TIMEOUT_MS = 3000;
const BUSY_RETRY_SECONDS = 5;

export class Observer {
  readonly #options: ObserverOptions;
  readonly #attempts = new Attempts(PROBE_ATTEMPTS);
  /** Probes under way by node. */
  readonly #probing = new Map<Id, number>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Pings a node that is known here, never a URL that the caller names; throws PublicError. */
  async probe(author: Id, { node, challenge }: ProbeCall): Promise<ProbeAnswer> {
    const { directory, client } = this.#options;
    this.#checkCaller(author);
    const member = directory.nodes.get(node);
    if (member === undefined) return {};
    this.#checkRoom(author, node);
    this.#count(node, 1);
    try {
      const pong = await client.fetchPong(member.url, node, challenge, { timeoutMs: PROBE_TIMEOUT_MS });
      return this.#isFrom(pong, member.entry) ? { pong } : {};
    } catch (error) {
      if (error instanceof PublicError) return {};
      throw error;
    } finally {
      this.#count(node, -1);
    }
  }

  /** Throws PublicError 'unknown-supernode'. */
  observe(author: Id, { nodes }: ObservationsCall): ObservationsAnswer {
    const { directory, health, mortality, clock } = this.#options;
    this.#checkCaller(author);
    const now = clock.now();
    const observations = nodes.flatMap((node): Observation[] => {
      const member = directory.nodes.get(node);
      if (member === undefined) return [];
      // Less than a second of silence is silence.
      return [{ node, silentSeconds: Math.ceil(mortality.silence(member, now) / 1000) }];
    });
    return { isHealthy: health.isHealthy, observations };
  }

  /** What is passed on speaks for the URLs in its record, so they must be those known here. */
  #isFrom(pong: Uint8Array, entry: NodeEntry): boolean {
    const now = this.#options.clock.now();
    const told = openMember(pongRecord.open(pong, now).value.record, now);
    return told.author === entry.author && isSamePlace(told, entry);
  }

  #checkCaller(author: Id): void {
    if (this.#options.directory.supernodes.get(author) !== undefined) return;
    throw new PublicError('unknown-supernode', 'only supernodes that are known here may ask that', { status: 403 });
  }

  #checkRoom(author: Id, node: Id): void {
    const isFull = this.#probing.size >= MAX_PROBES || (this.#probing.get(node) ?? 0) >= MAX_PROBES_PER_NODE;
    if (!isFull && this.#attempts.take(author, this.#options.clock.now()) === 0) return;
    throw new PublicError('busy', 'too many probes', { status: 429, retrySeconds: BUSY_RETRY_SECONDS });
  }

  #count(node: Id, by: 1 | -1): void {
    const count = (this.#probing.get(node) ?? 0) + by;
    if (count === 0) this.#probing.delete(node);
    else this.#probing.set(node, count);
  }
}
