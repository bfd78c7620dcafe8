// What a member must show before it is believed: answers under its key on every URL, and a node a working tracker.

import { PublicError } from '../../shared/errors.ts';
import type { Guard } from '../../shared/http/guard.ts';
import type { Random } from '../../shared/platform/random.ts';
import { BencodeError, decode } from '../../shared/protocol/bencoding.ts';
import { readDictionary } from '../../shared/protocol/fields.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/info-hash.ts';
import type { MemberEntry } from '../directory/entry.ts';
import { primaryUrl } from '../directory/registry.ts';
import type { Pinger } from './prober.ts';

export interface MemberCheckOptions {
  readonly clients: { readonly node: Pinger; readonly supernode: Pinger };
  readonly guard: Pick<Guard, 'request'>;
  readonly random: Random;
}

const PING_TIMEOUT_MS = 5000;
const MAX_ANNOUNCE_ANSWER_BYTES = 4096;

/** Returns the check; it rejects with a PublicError that says what was missing. */
export function createMemberCheck({ clients, guard, random }: MemberCheckOptions) {
  const ping = async (entry: MemberEntry, url: string): Promise<void> => {
    try {
      await clients[entry.type].ping(url, entry.author, { timeoutMs: PING_TIMEOUT_MS });
    } catch (cause) {
      const reason = cause instanceof PublicError ? cause.message : `${url} does not answer`;
      throw new PublicError('ping', `no answer to a ping: ${reason}`, { cause });
    }
  };

  const announce = async (baseUrl: string): Promise<void> => {
    const url = `${baseUrl}/announce?${announceQuery(random)}`;
    try {
      const { body } = await guard.request(url, { method: 'GET', maxBytes: MAX_ANNOUNCE_ANSWER_BYTES });
      checkAnnounceAnswer(body);
    } catch (cause) {
      throw new PublicError('announce', `${baseUrl} does not answer an announce as a tracker does`, { cause });
    }
  };

  return async (entry: MemberEntry): Promise<void> => {
    await Promise.all(entry.statement.urls.map((url) => ping(entry, url)));
    if (entry.type === 'node') await announce(primaryUrl(entry));
  };
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
