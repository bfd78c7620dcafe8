// Makes the pages that a partner pulls: all own peers of the torrents that both carry, as they are now.

import {
  AGE_UNIT_SECONDS,
  GROUP_HEAD_BYTES,
  MAX_AGE_UNITS,
  SHARED_IPV4_BYTES,
  SHARED_IPV6_BYTES,
  SHARED_SEEDER,
  ShareGroups,
  ShareGroupWriter,
} from '../../shared/protocol/messages/share-groups.ts';
import { hasBucket, MAX_PAGE_BYTES } from '../../shared/protocol/messages/share-messages.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Link } from '../tracker/carrier-links.ts';
import type { Torrent } from '../tracker/torrent-table.ts';
import type { OwnPeerTaker, TrackerSharing } from '../tracker/tracker-sharing.ts';
import { REFUSED } from './link-notes.ts';
import type { PeerPolicy } from './peer-policy.ts';

export interface BuiltPage {
  readonly groups: ShareGroups;
  /** Where the next page goes on; undefined when there is none. */
  readonly next: Link | undefined;
}

/** Links looked at for one page, some milliseconds; a page may have few groups, or none, and still not be the last. */
const MAX_SCANNED = 50_000;
const UNITS_PER_MINUTE = 60 / AGE_UNIT_SECONDS;

export class PageBuilder {
  readonly #tracker: TrackerSharing;
  readonly #policy: PeerPolicy;
  readonly #maxPeersPerTorrent: number;
  readonly #writer = new ShareGroupWriter(MAX_PAGE_BYTES);

  /** More peers of one torrent than `maxPeersPerTorrent` are not sent; a page has room for two such torrents. */
  constructor(tracker: TrackerSharing, policy: PeerPolicy, maxPeersPerTorrent: number) {
    this.#tracker = tracker;
    this.#policy = policy;
    const fitting = Math.floor((MAX_PAGE_BYTES / 2 - GROUP_HEAD_BYTES) / SHARED_IPV6_BYTES);
    this.#maxPeersPerTorrent = Math.min(maxPeersPerTorrent, fitting);
  }

  /** The page from `cursor` on; what the partner asks for it shares, whatever it said before. */
  build(slot: number, buckets: Uint8Array, cursor: Link, nowMs: number): BuiltPage {
    const { links } = this.#tracker.shared;
    const minute = this.#tracker.minuteAt(nowMs);
    this.#writer.clear();
    let link = links.isPlace(cursor) ? cursor : 0;
    for (let scanned = 0; scanned < MAX_SCANNED; scanned++) {
      const last = link;
      link = links.following(link);
      if (link === 0) return { groups: this.#groups(), next: undefined };
      const torrent = links.torrentOf(link);
      if (links.slotOf(link) !== slot || !hasBucket(buckets, this.#tracker.bucketOf(torrent))) continue;
      links.setNotes(link, links.notes(link) & ~REFUSED);
      const peers = this.#tracker.ownPeers(torrent);
      if (peers === 0) continue;
      if (this.#writer.room < this.#bytesFor(peers)) return { groups: this.#groups(), next: last };
      this.#writeGroup(torrent, peers, minute);
    }
    return { groups: this.#groups(), next: link };
  }

  #groups(): ShareGroups {
    return new ShareGroups(this.#writer.take());
  }

  #bytesFor(peers: number): number {
    return GROUP_HEAD_BYTES + Math.min(peers, this.#maxPeersPerTorrent) * SHARED_IPV6_BYTES;
  }

  #writeGroup(torrent: Torrent, peers: number, minute: number): void {
    const writer = this.#writer;
    const seeders = this.#tracker.ownSeeders(torrent);
    this.#tracker.writeInfoHash(torrent, writer.bytes, writer.begin(seeders, peers - seeders));
    const before = writer.length;
    this.#tracker.eachOwn(torrent, 4, minute, this.#maxPeersPerTorrent, this.#writerOf(4));
    const left = this.#maxPeersPerTorrent - (writer.length - before) / SHARED_IPV4_BYTES;
    this.#tracker.eachOwn(torrent, 6, minute, left, this.#writerOf(6));
  }

  #writerOf(family: AddressFamily): OwnPeerTaker {
    const writer = this.#writer;
    const bytes = family === 4 ? SHARED_IPV4_BYTES : SHARED_IPV6_BYTES;
    return (entry, isSeeder, ageInMinutes) => {
      if (this.#policy.judge(entry, 0, family) !== 'allowed') return false;
      const at = writer.length;
      for (let i = 0; i < bytes - 2; i++) writer.bytes[at + i] = entry[i]!;
      writer.bytes[at + bytes - 2] = isSeeder ? SHARED_SEEDER : 0;
      writer.bytes[at + bytes - 1] = Math.min(ageInMinutes * UNITS_PER_MINUTE, MAX_AGE_UNITS);
      writer.count(family === 4 ? 0 : 1, 1);
      return true;
    };
  }
}
