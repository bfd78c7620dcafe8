// Keeps the carriers index true: pulls what changed in a node's catalogue when its pong says that something did, from the node
// or, when it does not answer here, from another supernode.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { CataloguePage, CatalogueUpdate } from '../directory/catalogue-update.ts';
import type { Directory } from '../directory/directory.ts';
import type { CatalogueCursor } from '../directory/holding.ts';
import type { Mirrors } from './mirrors.ts';

export interface CataloguePullerOptions {
  readonly directory: Directory;
  readonly client: Pick<NodeClient, 'catalogue'>;
  readonly mirrors: Pick<Mirrors, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Nodes whose catalogue is being pulled; the others are asked after their next pong. */
export const MAX_PULLS = 8;
/** Pages of one pull: beyond the largest catalogue taken, with changes that cancel each other out. */
const MAX_PAGES = 256;
/** Of one pull, from page to page: the largest catalogue has 10 MB. Whoever is slower keeps the others from theirs. */
export const MAX_PULL_MS = 120_000;
/** A node whose catalogue could not be used is asked again after this time, doubled with each failure in a row. */
export const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 600_000;
/** A catalogue comes whole from another supernode. What is carried since is known from receipts. */
export const MIRROR_REST_MS = 600_000;

/** A node is left alone for a while. */
interface Rest {
  /** In a row; 0 after its catalogue came from another supernode. */
  readonly failures: number;
  /** Unix ms of the last pull. */
  readonly since: number;
}

export class CataloguePuller {
  readonly #options: CataloguePullerOptions;
  readonly #pulls = new Map<Id, Promise<void>>();
  /** Of nodes that are known. */
  readonly #rests = new Map<Id, Rest>();
  readonly #stopping = new AbortController();

  constructor(options: CataloguePullerOptions) {
    this.#options = options;
  }

  /** A node has told its head, here or, when it is not reached, to another supernode: pulls when it is not the one known. */
  heard(node: Id, head: CatalogueHead, isReached: boolean): void {
    const cursor = this.#options.directory.carriers.staleSince(node, head);
    if (cursor === undefined || this.#pulls.has(node) || this.#pulls.size >= MAX_PULLS) return;
    if (this.#isResting(node, isReached)) return;
    const pull = (isReached ? this.#pullFrom(node, cursor) : this.#pullMirrored(node, head))
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#rest(node, (this.#rests.get(node)?.failures ?? 0) + 1);
        this.#options.log.warn({ err: error, node }, 'catalogue not pulled');
      })
      .finally(() => this.#pulls.delete(node));
    this.#pulls.set(node, pull);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#pulls.values());
  }

  async #pullFrom(node: Id, start: CatalogueCursor): Promise<void> {
    const { directory } = this.#options;
    const update = directory.carriers.update(node);
    const head = await this.#take(node, update, this.#pages(node, start));
    if (head !== undefined) await this.#finish(update, head);
    this.#rests.delete(node);
  }

  async #pullMirrored(node: Id, head: CatalogueHead): Promise<void> {
    const { directory, mirrors } = this.#options;
    const update = directory.carriers.update(node);
    const isRead = await this.#take(node, update, mirrors.read(node, head, this.#stopping.signal));
    if (isRead === undefined) return;
    // Unlike the node itself, another supernode is not believed what does not add up.
    if (!update.isWhole(head)) throw new Error('what another supernode tells is not what the node has signed');
    await this.#finish(update, head);
    this.#rest(node, 0);
  }

  async *#pages(node: Id, start: CatalogueCursor): AsyncGenerator<CataloguePage> {
    const { directory, client } = this.#options;
    let cursor = start;
    for (;;) {
      const member = directory.nodes.get(node);
      if (member === undefined) return;
      const delta = await client.catalogue(member.url, node, cursor, { signal: this.#stopping.signal });
      yield delta;
      cursor = { epoch: delta.head.epoch, since: delta.next };
    }
  }

  /** What the last page amounts to; undefined when the node was forgotten meanwhile. */
  async #take(
    node: Id,
    update: CatalogueUpdate,
    pages: AsyncIterable<CataloguePage>,
  ): Promise<CatalogueHead | undefined> {
    const { directory, clock } = this.#options;
    const startedAt = clock.now();
    let count = 0;
    for await (const page of pages) {
      if (directory.nodes.get(node) === undefined) return undefined;
      if (page.head.count > directory.carriers.roomFor(node))
        throw new Error(`no room for ${page.head.count} torrents`);
      if (clock.now() - startedAt > MAX_PULL_MS) throw new Error(`not read within ${MAX_PULL_MS} ms`);
      update.take(page);
      if (page.isLast) return page.head;
      if (++count === MAX_PAGES) throw new Error(`a catalogue of more than ${MAX_PAGES} pages`);
    }
    return undefined;
  }

  async #finish(update: CatalogueUpdate, head: CatalogueHead): Promise<void> {
    const slices = update.finish(head);
    let slice = slices.next();
    while (slice.done !== true) {
      await yieldToOthers();
      slice = slices.next();
    }
    if (!slice.value) throw new Error('it does not add up to its root: the whole of it comes next');
  }

  #isResting(node: Id, isReached: boolean): boolean {
    const rest = this.#rests.get(node);
    if (rest === undefined) return false;
    const mirrorRestMs = isReached ? 0 : MIRROR_REST_MS;
    const restMs =
      rest.failures === 0 ? mirrorRestMs : Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (rest.failures - 1));
    const agoMs = this.#options.clock.now() - rest.since;
    // Less than nothing: the clock was set back.
    return agoMs >= 0 && agoMs < restMs;
  }

  #rest(node: Id, failures: number): void {
    const { directory, clock } = this.#options;
    for (const id of this.#rests.keys()) if (directory.nodes.get(id) === undefined) this.#rests.delete(id);
    this.#rests.set(node, { failures, since: clock.now() });
  }
}
