// Keeps the carriers index true: pulls what changed in a node's catalogue when its pong says that something did.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { NodeClient } from '../../shared/http/node-client.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { CatalogueUpdate } from '../directory/catalogue-update.ts';
import type { Directory } from '../directory/directory.ts';
import type { CatalogueCursor } from '../directory/holding.ts';

export interface CataloguePullerOptions {
  readonly directory: Directory;
  readonly client: Pick<NodeClient, 'catalogue'>;
  readonly log: Log;
}

/** Nodes whose catalogue is being pulled; the others are asked after their next pong. */
const MAX_PULLS = 8;
/** Pages of one pull: beyond the largest catalogue taken, with changes that cancel each other out. */
const MAX_PAGES = 256;

export class CataloguePuller {
  readonly #options: CataloguePullerOptions;
  readonly #pulls = new Map<Id, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: CataloguePullerOptions) {
    this.#options = options;
  }

  /** A node has told its head: pulls when it is not the one known. */
  heard(node: Id, head: CatalogueHead): void {
    const cursor = this.#options.directory.carriers.staleSince(node, head);
    if (cursor === undefined || this.#pulls.has(node) || this.#pulls.size >= MAX_PULLS) return;
    const pull = this.#pull(node, cursor)
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#options.log.warn({ err: error, node }, 'catalogue not pulled');
      })
      .finally(() => this.#pulls.delete(node));
    this.#pulls.set(node, pull);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#pulls.values());
  }

  async #pull(node: Id, start: CatalogueCursor): Promise<void> {
    const { directory, client } = this.#options;
    const update = directory.carriers.update(node);
    let cursor = start;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const member = directory.nodes.get(node);
      if (member === undefined) return;
      const delta = await client.catalogue(member.url, node, cursor, { signal: this.#stopping.signal });
      // The node may have been forgotten while it answered.
      if (directory.nodes.get(node) === undefined) return;
      if (delta.head.count > directory.carriers.roomFor(node)) {
        throw new Error(`no room for ${delta.head.count} torrents`);
      }
      update.take(delta);
      if (delta.isLast) return this.#finish(node, update, delta.head);
      cursor = { epoch: delta.head.epoch, since: delta.next };
    }
    throw new Error(`a catalogue of more than ${MAX_PAGES} pages`);
  }

  async #finish(node: Id, update: CatalogueUpdate, head: CatalogueHead): Promise<void> {
    const slices = update.finish(head);
    let slice = slices.next();
    while (slice.done !== true) {
      await yieldToOthers();
      slice = slices.next();
    }
    if (!slice.value)
      this.#options.log.warn({ node }, 'a catalogue does not add up to its root: the whole of it comes next');
  }
}
