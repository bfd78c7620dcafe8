// The federating side of a supernode: it makes itself known to others, and learns what they know.

import { FROM_DHT, startFinding } from '../shared/network/finding.ts';
import { readDhtWish } from '../shared/network/finding-options.ts';
import { type NamedSupernode, readSupernodes } from '../shared/network/named-supernode.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import type { SupernodeConfig } from './config.ts';
import { Acquaintances } from './directory/acquaintances.ts';
import { startAntiEntropy } from './jobs/anti-entropy.ts';
import { Follower } from './jobs/follower.ts';
import { Introductions } from './jobs/introductions.ts';
import type { Leadership } from './jobs/lease.ts';
import type { OwnRecord } from './jobs/own-record.ts';
import { startRollCall } from './jobs/roll-call.ts';
import type { RecordStore } from './store/record-store.ts';
import type { Clients, Common } from './watch-side.ts';

export interface FederationSideParts {
  readonly common: Common;
  readonly clients: Clients;
  readonly cursors: Pick<RecordStore, 'cursor' | 'saveCursor'>;
  /** The supernodes whose feeds were read before this start. */
  readonly followedBefore: ReadonlySet<Id>;
  readonly leadership: Leadership;
  readonly ownRecord: OwnRecord;
  /** TCP port where HTTP is answered, for the DHT to name; undefined: there is none such. */
  readonly announcedPort: number | undefined;
}

export interface FederationSide {
  /** The supernodes whose feeds are read, and whose word counts. */
  readonly followed: () => readonly Id[];
  stop(): Promise<void>;
}

/**
 * Begins at once. Every process introduces itself, since whoever takes over has to know whom to believe; whoever leads reads
 * feeds and compares plants.
 */
export function startFederationSide(config: SupernodeConfig, parts: FederationSideParts): FederationSide {
  const { common, clients, cursors, followedBefore, leadership, ownRecord, announcedPort } = parts;
  const areNamed = config.supernode.length > 0 || config.network.length > 0;
  const acquaintances = new Acquaintances({ areNamed, wasFollowed: (id) => followedBefore.has(id) });
  const client = clients.supernode;
  const introductions = new Introductions({ ...common, acquaintances, ownRecord, client });
  for (const named of readSupernodes(config.supernode)) introductions.add(named);
  const onStranger = (): void => introductions.hurry();
  const follower = new Follower({ ...common, cursors, client, acquaintances, leadership, onStranger });
  const followed = (): readonly Id[] => follower.followed;
  const antiEntropy = startAntiEntropy({
    ...common,
    client,
    leadership,
    others: followed,
    intervalMs: config.syncIntervalMs,
  });
  const rollCall = startRollCall({
    ...common,
    client,
    leadership,
    others: followed,
    intervalMs: config.syncIntervalMs,
  });
  const onFound = (found: NamedSupernode, origin: string): Promise<void> | void =>
    origin === FROM_DHT ? introductions.meet(found) : introductions.find(found);
  const dht = readDhtWish(config, config.host);
  if (dht !== undefined && announcedPort === undefined) {
    common.log.warn(
      'the DHT cannot name a supernode that is reached by HTTPS alone: give --public-url http://HOST:PORT too',
    );
  }
  const finding = startFinding({ ...common, client, domains: config.network, dht, announcedPort, onFound });
  const jobs = [introductions, follower, antiEntropy, rollCall, finding];
  const stop = async (): Promise<void> => {
    await Promise.all(jobs.map((job) => job.stop()));
  };
  return { followed, stop };
}
