// POST /v2/carriers: who else carries a node's torrents, as a long poll.

import { PublicError } from '../../shared/errors.ts';
import type { Random } from '../../shared/platform/random.ts';
import {
  type CarriersAnswer,
  type CarriersCall,
  type CarriersItem,
  itemBytes,
  MAX_ITEM_BYTES,
  MAX_NAMED_CARRIERS,
  MAX_NAMED_NODES,
} from '../../shared/protocol/messages/carrier-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory } from '../directory/directory.ts';

/** Bytes of node records in one answer: with the items they fit a message. */
const MAX_NODE_BYTES = 96 * 1024;
/** Changes looked through for one answer: some milliseconds. */
const MAX_SCANNED = 16_384;
/** After the first news, so that one answer has what came together. */
const GATHER_MS = 50;
const NOT_JOINED_RETRY_SECONDS = 10;
const FEED_BYTES = 8;

export class CarrierPolls {
  readonly #directory: Directory;
  /** 16 hex digits, new with every start: changes are remembered in memory alone. */
  readonly #feed: string;
  /** Who waits; one call of a node ends the one before. */
  readonly #waiting = new Map<Id, () => void>();
  readonly #endChanges: () => void;
  #isClosed = false;

  constructor(directory: Directory, random: Random) {
    this.#directory = directory;
    this.#feed = random.bytes(FEED_BYTES).toString('hex');
    this.#endChanges = directory.carriers.changes.onChange((infoHash) => this.#wakeCarriers(infoHash));
  }

  /** Throws PublicError 'not-joined' (403) unless the node is known here. */
  async next(node: Id, call: CarriersCall, signal: AbortSignal): Promise<CarriersAnswer> {
    if (this.#directory.nodes.get(node) === undefined) {
      const options = { status: 403, retrySeconds: NOT_JOINED_RETRY_SECONDS };
      throw new PublicError('not-joined', 'this supernode does not know the node; join first', options);
    }
    const answer = this.#read(node, call);
    const isNews = answer.isReset || answer.items.length > 0 || answer.place !== undefined;
    if (isNews || call.waitSeconds === 0 || signal.aborted || this.#isClosed) return answer;
    await this.#wait(node, call.waitSeconds * 1000, signal);
    return this.#read(node, { ...call, since: answer.next });
  }

  /** Answers everybody who waits; nobody waits afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#endChanges();
    for (const wake of this.#waiting.values()) wake();
  }

  #read(node: Id, call: CarriersCall): CarriersAnswer {
    const { changes } = this.#directory.carriers;
    const page = new CarriersPage(this.#directory);
    const isContinued = call.feed === this.#feed && changes.reachesBack(call.since);
    if (!isContinued || call.place !== undefined) {
      const place = page.addAll(node, isContinued ? (call.place ?? '') : '');
      const next = isContinued ? call.since : changes.head;
      return {
        feed: this.#feed,
        next,
        isReset: !isContinued,
        ...(place === undefined ? {} : { place }),
        ...page.parts(),
      };
    }
    const next = page.addChanges(node, call.since);
    return { feed: this.#feed, next, isReset: false, ...page.parts() };
  }

  async #wait(node: Id, waitMs: number, signal: AbortSignal): Promise<void> {
    this.#waiting.get(node)?.();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs).unref();
    let gathering: NodeJS.Timeout | undefined;
    const wake = (): void => {
      if (this.#isClosed) resolve();
      else gathering ??= setTimeout(resolve, GATHER_MS).unref();
    };
    this.#waiting.set(node, wake);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    clearTimeout(gathering);
    if (this.#waiting.get(node) === wake) this.#waiting.delete(node);
  }

  #wakeCarriers(infoHash: InfoHash): void {
    if (this.#waiting.size === 0) return;
    for (const node of this.#directory.carriers.of(infoHash)) this.#waiting.get(node)?.();
  }
}

/** The torrents and nodes of one answer, as many as fit. */
class CarriersPage {
  readonly #directory: Directory;
  readonly #items: CarriersItem[] = [];
  readonly #nodes: Uint8Array[] = [];
  readonly #indices = new Map<Id, number>();
  #itemBytesLeft = MAX_ITEM_BYTES;
  #nodeBytesLeft = MAX_NODE_BYTES;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  parts(): { items: CarriersItem[]; nodes: Uint8Array[] } {
    return { items: this.#items, nodes: this.#nodes };
  }

  /** Adds torrents of the node's from the first one after `place` on; returns where to go on, undefined at the end. */
  addAll(node: Id, place: InfoHash): InfoHash | undefined {
    let last = place;
    for (const infoHash of this.#directory.carriers.carriedBy(node, place)) {
      if (!this.#add(infoHash)) return last;
      last = infoHash;
    }
    return undefined;
  }

  /** Adds torrents of the node's whose carriers changed after `since`; returns the last change that was looked at. */
  addChanges(node: Id, since: number): number {
    const { carriers } = this.#directory;
    const { changes } = carriers;
    const seen = new Set<InfoHash>();
    const end = Math.min(changes.head, since + MAX_SCANNED);
    for (let change = since + 1; change <= end; change++) {
      const infoHash = changes.at(change);
      if (seen.has(infoHash) || !carriers.has(infoHash, node)) continue;
      if (!this.#add(infoHash)) return change - 1;
      seen.add(infoHash);
    }
    return end;
  }

  #add(infoHash: InfoHash): boolean {
    const carriers: number[] = [];
    for (const id of this.#directory.carriers.of(infoHash)) {
      const record = this.#directory.nodes.get(id)?.entry.bytes;
      if (record === undefined || carriers.length === MAX_NAMED_CARRIERS) continue;
      const index = this.#introduce(id, record);
      if (index === undefined) return false;
      carriers.push(index);
    }
    this.#itemBytesLeft -= itemBytes(carriers.length);
    if (this.#itemBytesLeft < 0) return false;
    this.#items.push({ infoHash, carriers });
    return true;
  }

  /** undefined when the page has no room for the node. */
  #introduce(id: Id, record: Uint8Array): number | undefined {
    const held = this.#indices.get(id);
    if (held !== undefined) return held;
    if (this.#nodes.length === MAX_NAMED_NODES || record.length > this.#nodeBytesLeft) return undefined;
    this.#nodeBytesLeft -= record.length;
    this.#indices.set(id, this.#nodes.length);
    return this.#nodes.push(record) - 1;
  }
}
