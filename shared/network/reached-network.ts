// The network as a user's program reaches it: some supernodes that answer, and calls to them and to nodes.

import { PublicError } from '../errors.ts';
import { createGuard, type Guard } from '../http/guard.ts';
import { NodeClient } from '../http/node-client.ts';
import { SupernodeClient } from '../http/supernode-client.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { openGood } from '../protocol/records/codec.ts';
import type { Signer } from '../protocol/records/record.ts';
import { supernodeRecord } from '../protocol/records/statements.ts';
import type { InfoHash } from '../protocol/torrent/info-hash.ts';
import { type FoundTorrent, lookUp } from './look-up.ts';
import { reasonOf } from './reason.ts';
import type { SupernodeSource } from './supernode-sources.ts';
import { findSupernodes, type Supernode } from './supernodes.ts';

/** Who asks; a key that is thrown away does for whoever only looks things up. */
export interface Identity {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Throws PublicError 'no-supernode' that says why no supernode of the source answers. With the signal all calls end, later ones too. */
export async function reach(
  source: SupernodeSource,
  identity: Identity,
  signal?: AbortSignal,
): Promise<ReachedNetwork> {
  const guard = createGuardUntil(signal, source);
  const client = new SupernodeClient({ guard, ...identity });
  const failures: string[] = [];
  try {
    const named = (await source.search?.(identity)) ?? source.supernodes;
    const found = await findSupernodes(named, client);
    if (found.supernodes.length > 0) return new ReachedNetwork(found.supernodes, source, { guard }, identity);
    failures.push(...found.failures);
  } catch (error) {
    failures.push(reasonOf(error));
  }
  await guard.close();
  const reasons = failures.length === 0 ? ['none'] : failures;
  throw new PublicError('no-supernode', reasons.map((reason) => `${reason} (${source.origin})`).join('; '));
}

/** What all who use a network have in common, whatever their keys. */
interface Shared {
  readonly guard: Guard;
  /** Supernodes that were not known before, once somebody has asked for them. */
  strangers?: Promise<Supernode[]>;
}

/** It is closed by the signal as well. */
function createGuardUntil(signal: AbortSignal | undefined, source: SupernodeSource): Guard {
  const guard = createGuard(source);
  const stop = (): void => void guard.close();
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    ...guard,
    close: () => {
      signal?.removeEventListener('abort', stop);
      return guard.close();
    },
  };
}

export class ReachedNetwork {
  /** At least one, in the order of preference. */
  readonly supernodes: readonly Supernode[];
  /** Where they were found, and what they may introduce. */
  readonly source: SupernodeSource;
  readonly client: SupernodeClient;
  readonly nodes: NodeClient;
  readonly identity: Identity;
  readonly #shared: Shared;

  constructor(supernodes: readonly Supernode[], source: SupernodeSource, shared: Shared, identity: Identity) {
    const { guard } = shared;
    this.supernodes = supernodes;
    this.source = source;
    this.client = new SupernodeClient({ guard, ...identity });
    this.nodes = new NodeClient({ guard, ...identity });
    this.identity = identity;
    this.#shared = shared;
  }

  /** The same network for another key, over the same connections: `close` of one is that of all. */
  as(identity: Identity): ReachedNetwork {
    if (identity.signer.id === this.identity.signer.id) return this;
    return new ReachedNetwork(this.supernodes, this.source, this.#shared, identity);
  }

  /** Carriers and live plants as some supernodes know them, all when left out, one item per hash; throws PublicError when none answers. */
  async lookUp(hashes: readonly InfoHash[], supernodes?: readonly Supernode[]): Promise<FoundTorrent[]> {
    return lookUp(supernodes ?? (await this.known()), this.client, hashes, this.identity.clock.now());
  }

  /** Asks one supernode after the other until one answers. */
  async ask<T>(question: (supernode: Supernode) => Promise<T>): Promise<T> {
    return firstOf(await this.known(), question);
  }

  /** Those that were reached, then strangers that were asked for meanwhile: they stand in for those that die. */
  async known(): Promise<readonly Supernode[]> {
    return [...this.supernodes, ...((await this.#shared.strangers) ?? [])];
  }

  /** Supernodes that the reached ones know and that answer; asked for once. */
  strangers(): Promise<Supernode[]> {
    this.#shared.strangers ??= this.#introduced();
    return this.#shared.strangers;
  }

  close(): Promise<void> {
    return this.#shared.guard.close();
  }

  async #introduced(): Promise<Supernode[]> {
    const asked = firstOf(this.supernodes, ({ url }) => this.client.supernodes(url));
    const { records } = await asked.catch(() => ({ records: [] }));
    const now = this.identity.clock.now();
    const named = openGood(records, (bytes) => supernodeRecord.open(bytes, now))
      .filter(({ record }) => this.supernodes.every(({ id }) => id !== record.author))
      .map(({ record, value }) => ({ url: value.urls[0]!, id: record.author }));
    return (await findSupernodes(named, this.client)).supernodes;
  }
}

/** The first success; when there is none, an error that tells every failure. */
export async function firstOf<T, R>(candidates: readonly T[], attempt: (candidate: T) => Promise<R>): Promise<R> {
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await attempt(candidate);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  throw new PublicError('network', failures.join('; '));
}
