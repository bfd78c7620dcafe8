// Torrents that are not as they should be. Those that no node was ever seen to carry have room of their own: whoever makes
// plants up makes as many as he likes, and nobody else shall wait for them.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Care } from './torrent-care.ts';

/** Remembered; more are found when these are well. */
export const MAX_CASES = 50_000;
export const MAX_ORPHANS = 1000;

export interface Case {
  readonly kind: Care['kind'];
  /** Unix ms at which it was found so. */
  readonly since: number;
  /** Unix ms before which it is left alone. */
  notBefore: number;
}

export class Cases {
  readonly #seen = new Map<InfoHash, Case>();
  readonly #orphans = new Map<InfoHash, Case>();

  get size(): number {
    return this.#seen.size + this.#orphans.size;
  }

  get(infoHash: InfoHash): Case | undefined {
    return this.#seen.get(infoHash) ?? this.#orphans.get(infoHash);
  }

  /** What is known of a torrent that is as `kind` says; undefined when there is no room. */
  note(infoHash: InfoHash, kind: Care['kind'], isOrphan: boolean, now: number): Case | undefined {
    const [cases, others, max] = isOrphan
      ? [this.#orphans, this.#seen, MAX_ORPHANS]
      : [this.#seen, this.#orphans, MAX_CASES];
    others.delete(infoHash);
    const held = cases.get(infoHash);
    // One that a clock since set back has dated ahead would wait until that time.
    if (held?.kind === kind && held.since <= now) return held;
    if (held === undefined && cases.size >= max) return undefined;
    const opened: Case = { kind, since: now, notBefore: now };
    cases.set(infoHash, opened);
    return opened;
  }

  /** It is well, or nobody plants it. */
  close(infoHash: InfoHash): void {
    this.#seen.delete(infoHash);
    this.#orphans.delete(infoHash);
  }

  *torrents(): Generator<InfoHash> {
    yield* this.#seen.keys();
    yield* this.#orphans.keys();
  }
}
