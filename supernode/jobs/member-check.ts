// What a member must show before it is believed: answers under its key at its URLs, and a node a working tracker.

import { PublicError } from '../../shared/errors.ts';
import type { RequestOptions } from '../../shared/http/caller.ts';
import type { Guard } from '../../shared/http/guard.ts';
import { RequestError } from '../../shared/http/request-error.ts';
import type { Random } from '../../shared/platform/random.ts';
import { BencodeError, decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../shared/protocol/encoding/fields.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { MemberEntry } from '../directory/entry.ts';
import type { Pingers } from './member-ping.ts';

export interface MemberCheckOptions {
  readonly clients: Pingers;
  readonly guard: Pick<Guard, 'request'>;
  readonly random: Random;
}

/** Says at which URL the member is to be called; rejects with a PublicError that says what was missing. */
export type MemberCheck = (entry: MemberEntry, signal?: AbortSignal) => Promise<string>;

const PING_TIMEOUT_MS = 5000;
const MAX_ANNOUNCE_ANSWER_BYTES = 4096;

/**
 * A URL to which this machine has no way at all, as to one with an IPv6 address from an IPv4 network, proves nothing
 * against a member that answers at another.
 */
export function createMemberCheck({ clients, guard, random }: MemberCheckOptions): MemberCheck {
  /** Whether it answers; false when there is no way there. */
  const ping = async ({ type, author }: MemberEntry, url: string, options: RequestOptions): Promise<boolean> => {
    try {
      await clients[type].ping(url, author, options);
      return true;
    } catch (cause) {
      if (hasNoRoute(cause)) return false;
      const reason = cause instanceof PublicError ? cause.message : `${url} does not answer`;
      throw new PublicError('ping', `no answer to a ping: ${reason}`, { cause });
    }
  };

  const announce = async (baseUrl: string, options: { readonly signal?: AbortSignal }): Promise<void> => {
    const url = `${baseUrl}/announce?${announceQuery(random)}`;
    try {
      const { body } = await guard.request(url, { ...options, method: 'GET', maxBytes: MAX_ANNOUNCE_ANSWER_BYTES });
      checkAnnounceAnswer(body);
    } catch (cause) {
      throw new PublicError('announce', `${baseUrl} does not answer an announce as a tracker does`, { cause });
    }
  };

  return async (entry, signal) => {
    const { urls } = entry.statement;
    const stopping = signal === undefined ? {} : { signal };
    const options = { ...stopping, timeoutMs: PING_TIMEOUT_MS };
    const answered = await Promise.all(urls.map((url) => ping(entry, url, options)));
    const url = urls.find((_, index) => answered[index]);
    if (url === undefined) throw new PublicError('ping', 'no answer to a ping: there is no way to any of the URLs');
    if (entry.type === 'node') await announce(url, stopping);
    return url;
  };
}

function hasNoRoute(error: unknown): boolean {
  const cause = error instanceof PublicError ? error.cause : error;
  return cause instanceof RequestError && cause.code === 'no-route';
}

/** A client that stops a torrent nobody has: leaves no trace in a tracker. */
function announceQuery(random: Random): string {
  const parameters = {
    info_hash: percentEncode(random.bytes(INFO_HASH_BYTES)),
    peer_id: '-AT0002-checkcheckch',
    port: 1,
    uploaded: 0,
    downloaded: 0,
    left: 0,
    numwant: 0,
    compact: 1,
    event: 'stopped',
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function percentEncode(bytes: Buffer): string {
  return bytes.toString('hex').replace(/../g, '%$&');
}

function checkAnnounceAnswer(body: Uint8Array): void {
  const fields = readDictionary(decode(body), 'announce answer');
  if (fields.peers === undefined && fields['failure reason'] === undefined) {
    throw new BencodeError('an announce answer has peers or a failure reason');
  }
}
