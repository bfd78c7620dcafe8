// Who planted what: one record per torrent and planter. An uprooting record stays, so that older ones cannot return.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { DigestTree } from './digest-tree.ts';
import type { PlantEntry } from './entry.ts';
import { IdNumbers } from './id-numbers.ts';
import type { DirectoryLimits } from './limits.ts';
import { NEXT, PlantTable } from './plant-table.ts';
import type { RecordPlace } from './record-pool.ts';
import { CARRIERS, PLANTS, type Torrent, type Torrents } from './torrents.ts';

export type PlantsLimits = Pick<DirectoryLimits, 'maxPlants' | 'maxPlantBytes'>;

/** Torrents looked at in one go: a millisecond at most. */
const WALK_TORRENTS = 20_000;
/** The receipts of what was planted a moment ago may be on their way. */
const FRESH_MS = 60_000;

export class Plants {
  /** Torrents, uprooted ones included. */
  size = 0;
  readonly #torrents: Torrents;
  readonly #table: PlantTable;
  readonly #planters = new IdNumbers();
  /** Plants of each planter, by number. */
  readonly #counts: number[] = [];
  readonly #digests = new DigestTree();

  constructor(torrents: Torrents, { maxPlants, maxPlantBytes }: PlantsLimits) {
    this.#torrents = torrents;
    this.#table = new PlantTable(maxPlants, maxPlantBytes);
  }

  /** Of all torrents and planters. */
  get records(): number {
    return this.#table.size;
  }

  /** Authors of all records. */
  get planters(): number {
    return this.#planters.size;
  }

  /** Share of the room for bytes that is taken, 0 to 1. */
  get bytesFill(): number {
    return this.#table.fill;
  }

  get(infoHash: InfoHash, planter: Id): PlantEntry | undefined {
    const place = this.#find(this.#torrents.of(infoHash), planter);
    return place === 0 ? undefined : this.#table.entry(place, planter, infoHash);
  }

  /** Whether there is room for a record, in the place of the one held if there is one. */
  hasRoomFor(entry: PlantEntry): boolean {
    const torrent = this.#torrents.of(entry.statement.infoHash);
    if (torrent === 0 && this.#torrents.isFull) return false;
    return this.#table.fits(entry, this.#find(torrent, entry.author));
  }

  put(entry: PlantEntry): void {
    const { author, bytes } = entry;
    const { infoHash } = entry.statement;
    const torrent = this.#torrents.take(infoHash);
    const held = this.#find(torrent, author);
    if (held === 0) this.#add(torrent, entry);
    else {
      this.#digests.toggle(infoHash, this.#table.entry(held, author, infoHash).bytes);
      this.#table.replace(held, entry);
    }
    this.#digests.toggle(infoHash, bytes);
  }

  remove(infoHash: InfoHash, planter: Id): void {
    const torrent = this.#torrents.of(infoHash);
    const held = this.#find(torrent, planter);
    if (held === 0) return;
    this.#digests.toggle(infoHash, this.#table.entry(held, planter, infoHash).bytes);
    const { words } = this.#table;
    const next = words[held + NEXT]!;
    let before = this.#first(torrent);
    if (before === held) this.#torrents.words[torrent + PLANTS] = next;
    else {
      while (words[before + NEXT] !== held) before = words[before + NEXT]!;
      words[before + NEXT] = next;
    }
    this.#table.release(held);
    this.#count(planter, -1);
    if (this.#first(torrent) === 0) this.size--;
    this.#torrents.forgetIfBare(torrent);
  }

  /** Plants that count at `now`: neither uprooted nor expired. */
  live(infoHash: InfoHash, now: number): PlantEntry[] {
    return this.#entries(infoHash, now, (copies) => copies > 0);
  }

  /** The records by which planters uprooted the torrent. */
  uproots(infoHash: InfoHash, now: number): PlantEntry[] {
    return this.#entries(infoHash, now, (copies) => copies === 0);
  }

  /** The most that a planter wants of a torrent at `now`; 0: none wants it, or wants it any more. */
  copiesOf(torrent: Torrent, now: number): number {
    let most = 0;
    for (let place = this.#first(torrent); place !== 0; place = this.#table.words[place + NEXT]!) {
      const copies = this.#table.copies(place);
      if (copies > most && this.#table.expiresAt(place) > now) most = copies;
    }
    return most;
  }

  /** Date of the newest plant that counts at `now`; 0: there is none. */
  newest(infoHash: InfoHash, now: number): number {
    const table = this.#table;
    const counting = this.#places(this.#torrents.of(infoHash)).filter(
      (place) => table.copies(place) > 0 && table.expiresAt(place) > now,
    );
    return Math.max(0, ...counting.map((place) => table.seq(place)));
  }

  /** All records. Others may come and go meanwhile. */
  *entries(): Generator<PlantEntry> {
    let torrent = this.#torrents.following(0);
    for (; torrent !== 0; torrent = this.#torrents.following(torrent)) {
      if (this.isPlanted(torrent)) yield* this.#entries(this.#torrents.infoHash(torrent), 0, () => true);
    }
  }

  /**
   * Goes on after one torrent (0: from the first one), and finds at most `max` that are planted or uprooted and that no node
   * carries. `next` is where to go on, 0 at the end.
   */
  uncarried(after: Torrent, max: number, now: number): { infoHashes: InfoHash[]; next: Torrent } {
    const infoHashes: InfoHash[] = [];
    let torrent = after;
    for (let count = 0; count < WALK_TORRENTS && infoHashes.length < max; count++) {
      torrent = this.#torrents.following(torrent);
      if (torrent === 0) break;
      if (!this.isPlanted(torrent) || this.#torrents.words[torrent + CARRIERS] !== 0) continue;
      if (!this.#isFresh(torrent, now)) infoHashes.push(this.#torrents.infoHash(torrent));
    }
    return { infoHashes, next: torrent };
  }

  /** Digests over all records; see DigestTree. */
  digests(branch?: number): Uint8Array {
    return this.#digests.digests(branch);
  }

  has(infoHash: InfoHash): boolean {
    return this.isPlanted(this.#torrents.of(infoHash));
  }

  isPlanted(torrent: Torrent): boolean {
    return this.#first(torrent) !== 0;
  }

  plantersOf(infoHash: InfoHash): number {
    return this.#places(this.#torrents.of(infoHash)).length;
  }

  /** Those who have uprooted the torrent, longest ago first. */
  uprootersOf(infoHash: InfoHash): Id[] {
    const table = this.#table;
    const uproots = this.#places(this.#torrents.of(infoHash)).filter((place) => table.copies(place) === 0);
    uproots.sort((a, b) => table.seq(a) - table.seq(b));
    return uproots.map((place) => this.#planters.idOf(table.planter(place))!);
  }

  plantsOf(planter: Id): number {
    const number = this.#planters.of(planter);
    return number === undefined ? 0 : this.#counts[number]!;
  }

  #add(torrent: Torrent, entry: PlantEntry): void {
    this.#count(entry.author, 1);
    const place = this.#table.keep(entry, this.#planters.of(entry.author)!);
    const first = this.#first(torrent);
    this.#table.words[place + NEXT] = first;
    this.#torrents.words[torrent + PLANTS] = place;
    if (first === 0) this.size++;
  }

  /** All plants of the torrent. */
  #places(torrent: Torrent): RecordPlace[] {
    const places: RecordPlace[] = [];
    for (let place = this.#first(torrent); place !== 0; place = this.#table.words[place + NEXT]!) places.push(place);
    return places;
  }

  #first(torrent: Torrent): RecordPlace {
    return torrent === 0 ? 0 : this.#torrents.words[torrent + PLANTS]!;
  }

  #isFresh(torrent: Torrent, now: number): boolean {
    return this.#places(torrent).some((place) => Math.abs(now - this.#table.seq(place)) < FRESH_MS);
  }

  #find(torrent: Torrent, planter: Id): RecordPlace {
    const number = this.#planters.of(planter);
    if (number === undefined) return 0;
    let place = this.#first(torrent);
    while (place !== 0 && this.#table.planter(place) !== number) place = this.#table.words[place + NEXT]!;
    return place;
  }

  #entries(infoHash: InfoHash, now: number, isWanted: (copies: number) => boolean): PlantEntry[] {
    const table = this.#table;
    return this.#places(this.#torrents.of(infoHash))
      .filter((place) => isWanted(table.copies(place)) && table.expiresAt(place) > now)
      .map((place) => table.entry(place, this.#planters.idOf(table.planter(place))!, infoHash));
  }

  #count(planter: Id, by: 1 | -1): void {
    const number = this.#planters.take(planter);
    const count = (this.#counts[number] ?? 0) + by;
    this.#counts[number] = count;
    if (count === 0) this.#planters.release(planter);
  }
}
