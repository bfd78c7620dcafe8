// What every tracker is to a client, whatever protocol it speaks.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type {
  AnnounceCall,
  AnnounceReply,
  RefusalReply,
  ScrapeReply,
} from '../../shared/protocol/tracker/tracker-calls.ts';

/** One client of one tracker: a second client wants a second object. One call at a time. */
export interface TrackerClient {
  /** Throws TrackerError when no answer came, or none that is of the protocol. */
  announce(call: AnnounceCall): Promise<Traced<AnnounceReply | RefusalReply>>;
  /** The same; undefined for a tracker whose URL allows no scrape (BEP 48). */
  readonly scrape: ((hashes: readonly InfoHash[]) => Promise<Traced<ScrapeReply | RefusalReply>>) | undefined;
  /** Ends what is open; calls in progress fail. */
  close(): Promise<void>;
}

/** A reply, and the URLs (without their queries) that the tracker sent the client on to before it came. */
export type Traced<Reply> = Reply & { readonly redirects: readonly string[] };

/** 'unreachable': never connected; 'silent': no answer in time; 'broken': an answer, but none of the protocol. */
export type TrackerFailure = 'unreachable' | 'silent' | 'broken';

export class TrackerError extends Error {
  readonly code: TrackerFailure;

  constructor(code: TrackerFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TrackerError';
    this.code = code;
  }
}

/** What was not asked of any host but this: where the tracker's host name leads. */
export interface TrackerAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface TrackerClientOptions {
  readonly url: URL;
  /** The one address to talk to, so that both families of a name can be tried by themselves. */
  readonly target: TrackerAddress;
  /** From a question to the end of its answer, retries included. */
  readonly timeoutMs: number;
}
