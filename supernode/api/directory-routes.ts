// What anybody may ask of a supernode: questions that its directory and its feed answer.

import type { Express, Request } from 'express';
import { PublicError } from '../../shared/errors.ts';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import {
  allocateAnswer,
  changesAnswer,
  directoryPage,
  lookupAnswer,
  MAX_LOOKUP_HASHES,
  MAX_WAIT_SECONDS,
} from '../../shared/protocol/messages/directory-messages.ts';
import { digestsAnswer, mirrorPage } from '../../shared/protocol/messages/federation-messages.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { MAX_COPIES } from '../../shared/protocol/records/statements.ts';
import { parseInfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory } from '../directory/directory.ts';
import type { Quotas } from '../directory/quotas.ts';
import { RecentAllocator } from '../directory/recent-allocator.ts';
import type { Ledger } from '../store/ledger.ts';
import { answerAllocate } from './allocate.ts';
import type { Changes } from './changes.ts';
import { listMembers } from './lists.ts';
import { lookUp } from './lookup.ts';
import {
  FEED,
  FIRST_BYTE,
  FIRST_BYTES,
  HASH,
  HASH_20,
  MEMBER_ID,
  NUMBER,
  readOptional,
  readValue,
  readValues,
} from './query.ts';
import { addressOf, goneSignal } from './requests.ts';

export interface DirectoryRoutesOptions {
  readonly directory: Directory;
  readonly ledger: Pick<Ledger, 'plants'>;
  readonly quotas: Pick<Quotas, 'takeAllocation'>;
  readonly changes: Changes;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly trustedProxies: NetworkSet;
}

const DEFAULT_COPIES = 2;

export function addDirectoryRoutes(app: Express, options: DirectoryRoutesOptions): void {
  const { directory, ledger, quotas, signer, clock, changes, trustedProxies } = options;
  const allocating = { directory, allocator: new RecentAllocator(directory), signer };
  app.get('/v2/lookup', (request, response) => {
    const infoHashes = readValues(request, 'info_hash', HASH, MAX_LOOKUP_HASHES).map(parseInfoHash);
    if (infoHashes.length === 0) throw new PublicError('query', `/v2/lookup needs info_hash, ${HASH.example}`);
    sendBencoded(response, lookupAnswer.write(lookUp(directory, infoHashes, clock.now())));
  });
  app.get('/v2/allocate', (request, response) => {
    const infoHash = parseInfoHash(readValue(request, 'info_hash', HASH));
    const copies = Number(readOptional(request, 'copies', NUMBER, DEFAULT_COPIES));
    if (copies < 1 || copies > MAX_COPIES) throw new PublicError('query', `copies is 1 to ${MAX_COPIES}`);
    const retrySeconds = quotas.takeAllocation(addressOf(request, trustedProxies), clock.now());
    if (retrySeconds > 0) throw new PublicError('quota', 'too many allocations', { status: 429, retrySeconds });
    sendBencoded(response, allocateAnswer.write(answerAllocate(allocating, { infoHash, copies }, clock.now())));
  });
  app.get('/v2/changes', async (request, response) => {
    const feed = readOptional(request, 'feed', FEED, '');
    const since = Number(readOptional(request, 'since', NUMBER, 0));
    const waitSeconds = Math.min(MAX_WAIT_SECONDS, Number(readOptional(request, 'wait', NUMBER, 0)));
    const answer = await changes.next(
      { feed, since },
      { waitMs: waitSeconds * 1000, signal: goneSignal(response), address: addressOf(request, trustedProxies) },
    );
    if (!response.destroyed) sendBencoded(response, changesAnswer.write(answer));
  });
  app.get('/v2/digests', (request, response) => {
    const prefix = readOptional(request, 'prefix', FIRST_BYTE, undefined);
    const branch = prefix === undefined ? undefined : Number.parseInt(prefix, 16);
    sendBencoded(response, digestsAnswer.write({ digests: directory.plants.digests(branch) }));
  });
  app.get('/v2/plants', async (request, response) => {
    const page = await ledger.plants(
      readValue(request, 'prefix', FIRST_BYTES),
      readOptional(request, 'cursor', NUMBER, ''),
    );
    sendBencoded(response, directoryPage.write(page));
  });
  app.get('/v2/mirror', (request, response) => {
    const place = readOptional(request, 'after', HASH_20, '');
    const page = directory.carriers.mirror(
      readValue(request, 'node', MEMBER_ID),
      place === '' ? '' : parseInfoHash(place),
    );
    if (page === undefined)
      throw new PublicError('unread', 'the catalogue of that node is not held here', { status: 404 });
    sendBencoded(response, mirrorPage.write(page));
  });
  app.get('/v2/nodes', (request, response) => {
    sendBencoded(response, directoryPage.write(listMembers(directory.nodes, readCursor(request))));
  });
  app.get('/v2/supernodes', (request, response) => {
    sendBencoded(response, directoryPage.write(listMembers(directory.supernodes, readCursor(request))));
  });
}

function readCursor(request: Request): string {
  return readOptional(request, 'cursor', MEMBER_ID, '');
}
