// Of which torrents the carriers changed, in order: what nodes that wait for news of theirs are told from.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

/** Changes remembered; whoever asks for older ones is told everything. */
export const MAX_CARRIER_CHANGES = 65_536;

export class CarrierChanges {
  /** Number of the last change. */
  head = 0;
  readonly #hashes: InfoHash[] = [];
  readonly #listeners = new Set<(infoHash: InfoHash) => void>();

  note(infoHash: InfoHash): void {
    this.head++;
    this.#hashes[this.head % MAX_CARRIER_CHANGES] = infoHash;
    for (const listener of this.#listeners) listener(infoHash);
  }

  /** Whether every change after `since` is remembered. */
  reachesBack(since: number): boolean {
    return since <= this.head && since >= this.head - MAX_CARRIER_CHANGES;
  }

  /** The torrent of a change that is remembered. */
  at(change: number): InfoHash {
    return this.#hashes[change % MAX_CARRIER_CHANGES]!;
  }

  /** `listener` is called with each change; the function returned ends that. */
  onChange(listener: (infoHash: InfoHash) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
