// What else a directory has room for: every limit of DirectoryLimits is judged here.

import type { Carriers } from './carriers.ts';
import {
  type Entry,
  isMember,
  type MemberEntry,
  type NodeEntry,
  type PlantEntry,
  type ReceiptEntry,
  type SupernodeEntry,
} from './entry.ts';
import type { DirectoryLimits } from './limits.ts';
import type { Plants } from './plants.ts';
import type { Registry } from './registry.ts';

/** `full`: this supernode has no room; `quota`: the author has used its share. */
export type RefusalCode = 'full' | 'quota';

/** What the limits count. */
export type Countable = Entry['type'] | 'planter' | 'torrent' | 'author';

/** New records that count against the limits although they are not put yet. */
export interface Pending {
  /** Of all; or of one author, and planters of one torrent. Authors are those who have planted nothing here yet. */
  count(what: Countable, of?: string): number;
}

/** What takes up room. */
export interface Contents {
  readonly nodes: Registry<NodeEntry>;
  readonly supernodes: Registry<SupernodeEntry>;
  readonly plants: Plants;
  readonly carriers: Carriers;
}

/** Of the room for plants, and for receipts, what others tell of may fill so much. */
const NEWS_SHARE = 0.9;
/** From this share on plants that nobody carries give way. */
const CROWDED_SHARE = 0.85;

export class Room {
  readonly #contents: Contents;
  readonly #limits: DirectoryLimits;

  constructor(contents: Contents, limits: DirectoryLimits) {
    this.#contents = contents;
    this.#limits = limits;
  }

  /** How full the fullest part is, in per cent. */
  get fill(): number {
    const limits = this.#limits;
    const { carriers, nodes } = this.#contents;
    const share = Math.max(
      this.#plantsFill,
      carriers.receipts / limits.maxReceipts,
      carriers.carried / limits.maxCarried,
      nodes.size / limits.maxNodes,
    );
    return Math.min(100, Math.round(100 * share));
  }

  /** Whether plants find little room. */
  get isCrowded(): boolean {
    return this.#plantsFill >= CROWDED_SHARE;
  }

  /** 0-1. */
  get #plantsFill(): number {
    const { plants } = this.#contents;
    const { maxTorrents, maxPlants, maxPlanters } = this.#limits;
    return Math.max(
      plants.size / maxTorrents,
      plants.records / maxPlants,
      plants.planters / maxPlanters,
      plants.bytesFill,
    );
  }

  /** Whether the record's bytes can be kept, in the place of those of the one held if there is one. */
  fits(entry: Entry): boolean {
    const { plants, carriers } = this.#contents;
    if (entry.type === 'plant') return plants.hasRoomFor(entry);
    return entry.type !== 'receipt' || carriers.hasRoomFor(entry);
  }

  /**
   * Whether a plant or receipt that others tell of, and of which nothing is held, finds room. The last tenth is kept for those
   * who come here themselves, so that no feed keeps them out. Receipts of nodes that are not known here would wait for a
   * catalogue that nobody reads.
   */
  isForNews(entry: PlantEntry | ReceiptEntry): boolean {
    if (entry.type === 'plant') return this.#plantsFill < NEWS_SHARE;
    const { nodes, carriers } = this.#contents;
    return nodes.get(entry.author) !== undefined && carriers.receipts / this.#limits.maxReceipts < NEWS_SHARE;
  }

  /** Why there is no place for a record of which nothing is held; undefined: there is. */
  refuse(entry: Entry, pending: Pending): RefusalCode | undefined {
    if (isMember(entry)) return this.#refuseMember(entry, pending);
    return entry.type === 'plant' ? this.#refusePlant(entry, pending) : this.#refuseReceipt(entry, pending);
  }

  #refuseMember({ type }: MemberEntry, pending: Pending): RefusalCode | undefined {
    const { nodes, supernodes } = this.#contents;
    const { maxNodes, maxSupernodes } = this.#limits;
    const [held, max] = type === 'node' ? [nodes.size, maxNodes] : [supernodes.size, maxSupernodes];
    return held + pending.count(type) >= max ? 'full' : undefined;
  }

  #refusePlant(entry: PlantEntry, pending: Pending): RefusalCode | undefined {
    const { plants } = this.#contents;
    const limits = this.#limits;
    const { type, author, statement } = entry;
    if (plants.plantsOf(author) + pending.count(type, author) >= limits.maxPlantsPerPlanter) return 'quota';
    const isNewcomer = plants.plantsOf(author) === 0 && pending.count(type, author) === 0;
    if (isNewcomer && plants.planters + pending.count('author') >= limits.maxPlanters) return 'full';
    if (plants.records + pending.count(type) >= limits.maxPlants || !plants.hasRoomFor(entry)) return 'full';
    const planters = plants.plantersOf(statement.infoHash) + pending.count('planter', statement.infoHash);
    if (planters > 0) return planters >= this.#plantersBeside(entry) ? 'full' : undefined;
    return plants.size + pending.count('torrent') >= limits.maxTorrents ? 'full' : undefined;
  }

  /**
   * How many may be planters of a torrent beside this one: whoever wants it takes the place of one who has uprooted it, or
   * strangers could uproot a torrent so often that nobody can plant it any more.
   */
  #plantersBeside({ statement: { infoHash, copies } }: PlantEntry): number {
    const { maxPlantersPerTorrent } = this.#limits;
    return maxPlantersPerTorrent + (copies === 0 ? 0 : this.#contents.plants.uprootersOf(infoHash).length);
  }

  #refuseReceipt(entry: ReceiptEntry, pending: Pending): RefusalCode | undefined {
    const { carriers } = this.#contents;
    const limits = this.#limits;
    const { type, author } = entry;
    if (!carriers.isHolder(author) && carriers.holders >= limits.maxHolders) return 'full';
    if (carriers.receiptsOf(author) + pending.count(type, author) >= limits.maxReceiptsPerNode) return 'quota';
    const isFull = carriers.receipts + pending.count(type) >= limits.maxReceipts || !carriers.hasRoomFor(entry);
    return isFull ? 'full' : undefined;
  }
}
