// Records that are kept and passed on: until when each counts, and which of two about the same subject wins.

/** What every lasting record says: which of two is newer, and until when it counts. */
export interface Lasting {
  /** Grows with every record that an author makes about one subject: see `nextSeq`. */
  readonly seq: number;
  /** Seconds after `seq`, read as unix ms, until which the record counts. */
  readonly ttlSeconds: number;
}

/** A record may be dated this far ahead of the reader's clock, in ms. */
export const MAX_SEQ_AHEAD_MS = 3_600_000;

/**
 * The `seq` of an author's next record about the same subject. A previous one that readers would refuse for its date came
 * from a wrong clock: counting on from it would keep the author out until that date.
 */
export function nextSeq(previous: number, now: number): number {
  return isDatedAhead(previous, now) ? now : Math.max(previous + 1, now);
}

/** Whether a `seq` is further ahead of the clock than a reader at `now` (unix ms) allows. */
export function isDatedAhead(seq: number, now: number): boolean {
  return seq > now + MAX_SEQ_AHEAD_MS;
}

/** Unix ms from which a lasting record no longer counts. */
export function expiryOf(statement: Lasting): number {
  return statement.seq + statement.ttlSeconds * 1000;
}

/** As much of a record as decides which of two wins. */
export interface Version {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** The merge law: higher seq wins, of equals the greater bytes; so the order of arrival never matters. */
export function supersedes(candidate: Version, held: Version): boolean {
  if (candidate.seq !== held.seq) return candidate.seq > held.seq;
  return Buffer.compare(candidate.bytes, held.bytes) > 0;
}
