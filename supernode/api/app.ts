// The control plane of a supernode as one express application: everything on its port but announces and scrapes.

import express, { type Express, type Request, type Response } from 'express';
import helmet from 'helmet';
import { PublicError } from '../../shared/errors.ts';
import { ADMIN_PATH, type AdminOptions, createAdminRouter } from '../../shared/http/admin.ts';
import type { AnswerCounts } from '../../shared/http/answer-counts.ts';
import { readBencodedBody, sendBencoded } from '../../shared/http/bencoded-body.ts';
import { clientAddress } from '../../shared/http/client-address.ts';
import { handleErrors, notFound } from '../../shared/http/error-handler.ts';
import { createMetricsHandler } from '../../shared/http/metrics.ts';
import { forReaders, type Readers } from '../../shared/http/readers.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Metric } from '../../shared/platform/metrics.ts';
import { CARRIERS_PATH, carriersAnswer, carriersCall } from '../../shared/protocol/carrier-messages.ts';
import {
  allocateAnswer,
  changesAnswer,
  directoryPage,
  joinAnswer,
  joinCall,
  lookupAnswer,
  MAX_LOOKUP_HASHES,
  MAX_WAIT_SECONDS,
  registerAnswer,
  registerCall,
} from '../../shared/protocol/directory-messages.ts';
import {
  digestsAnswer,
  OBSERVATIONS_PATH,
  observationsAnswer,
  observationsCall,
  PROBE_PATH,
  probeAnswer,
  probeCall,
} from '../../shared/protocol/federation-messages.ts';
import { parseInfoHash } from '../../shared/protocol/info-hash.ts';
import type { NetworkSet } from '../../shared/protocol/networks.ts';
import { pongRecord } from '../../shared/protocol/node-messages.ts';
import { NonceMemory } from '../../shared/protocol/nonce-memory.ts';
import type { Signer } from '../../shared/protocol/record.ts';
import { MAX_COPIES } from '../../shared/protocol/statements.ts';
import type { Directory } from '../directory/directory.ts';
import type { Quotas } from '../directory/quotas.ts';
import { RecentAllocator } from '../directory/recent-allocator.ts';
import type { Ledger } from '../store/ledger.ts';
import { answerAllocate } from './allocate.ts';
import { handleCall } from './calls.ts';
import type { CarrierPolls } from './carriers.ts';
import type { Changes } from './changes.ts';
import type { Joins } from './join.ts';
import { listMembers, listTrackers } from './lists.ts';
import { lookUp } from './lookup.ts';
import type { Observer } from './observe.ts';
import {
  CHALLENGE,
  FEED,
  FIRST_BYTE,
  FIRST_BYTES,
  HASH,
  MEMBER_ID,
  NUMBER,
  readOptional,
  readValue,
  readValues,
} from './query.ts';
import { register } from './register.ts';
import { homePage, statsOf } from './status.ts';

export interface ApiOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly changes: Changes;
  readonly carriers: CarrierPolls;
  readonly quotas: Quotas;
  readonly joins: Joins;
  readonly observer: Observer;
  readonly ownRecord: { current(): Uint8Array };
  readonly trustedProxies: NetworkSet;
  readonly answers: AnswerCounts;
  /** Who may read metrics. */
  readonly readers: Readers;
  /** undefined: there are none. */
  readonly metrics: (() => Metric[]) | undefined;
  /** undefined: there is nothing to administer by, see --admin-token. */
  readonly admin: AdminOptions | undefined;
  /** 0 idle - 100 full. */
  readonly load: () => number;
}

const DEFAULT_COPIES = 2;
const UNAVAILABLE = 503;

export function createApi(options: ApiOptions): Express {
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(options.answers.handler);
  app.use(helmet());
  addDirectory(app, options);
  addCalls(app, options);
  addStatus(app, options);
  addOperators(app, options);
  app.use(notFound);
  app.use(handleErrors(options.log));
  return app;
}

/** What anybody may ask. */
function addDirectory(app: Express, options: ApiOptions): void {
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
  app.get('/v2/nodes', (request, response) => {
    sendBencoded(response, directoryPage.write(listMembers(directory.nodes, readCursor(request))));
  });
  app.get('/v2/supernodes', (request, response) => {
    sendBencoded(response, directoryPage.write(listMembers(directory.supernodes, readCursor(request))));
  });
}

/** What members and planters say. */
function addCalls(app: Express, options: ApiOptions): void {
  const { signer, clock, directory, ledger, quotas, joins, observer, trustedProxies } = options;
  const callOptions = { signer, clock, nonces: new NonceMemory() };
  app.use('/v2/plant', readBencodedBody());
  app.post(
    '/v2/plant',
    handleCall('/v2/plant', callOptions, async (_author, body, request) =>
      registerAnswer.write(
        await register(
          registerCall.read(body),
          { directory, ledger, quotas },
          addressOf(request, trustedProxies),
          clock.now(),
        ),
      ),
    ),
  );
  app.use(CARRIERS_PATH, readBencodedBody());
  app.post(
    CARRIERS_PATH,
    handleCall(CARRIERS_PATH, callOptions, async (author, body, request) =>
      carriersAnswer.write(await options.carriers.next(author, carriersCall.read(body), goneSignal(request.res!))),
    ),
  );
  app.use('/v2/join', readBencodedBody());
  app.post(
    '/v2/join',
    handleCall('/v2/join', callOptions, async (author, body, request) => {
      const address = addressOf(request, trustedProxies);
      return joinAnswer.write(await joins.join(author, joinCall.read(body).record, address));
    }),
  );
  app.use([PROBE_PATH, OBSERVATIONS_PATH], readBencodedBody());
  app.post(
    PROBE_PATH,
    handleCall(PROBE_PATH, callOptions, async (author, body) =>
      probeAnswer.write(await observer.probe(author, probeCall.read(body))),
    ),
  );
  app.post(
    OBSERVATIONS_PATH,
    handleCall(OBSERVATIONS_PATH, callOptions, (author, body) =>
      observationsAnswer.write(observer.observe(author, observationsCall.read(body))),
    ),
  );
}

function addStatus(app: Express, { signer, clock, directory, ledger, ownRecord, load }: ApiOptions): void {
  const startedAt = clock.now();
  const uptimeSeconds = (): number => Math.max(0, Math.floor((clock.now() - startedAt) / 1000));
  app.get('/v2/ping', (request, response) => {
    const challenge = readValue(request, 'challenge', CHALLENGE);
    const pong = { challenge, record: ownRecord.current(), load: load(), uptimeSeconds: uptimeSeconds() };
    sendBencoded(response, pongRecord.sign(pong, signer).bytes);
  });
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', id: signer.id, uptimeSeconds: uptimeSeconds(), ...statsOf(directory) });
  });
  app.get('/ready', (_request, response) => {
    const word = ledger.isWritable ? 'ready' : 'database';
    response.status(ledger.isWritable ? 200 : UNAVAILABLE);
    response.type('text').send(`${word}\n`);
  });
  app.get('/trackers.txt', (_request, response) => {
    response.type('text').send(listTrackers(directory, clock.now()));
  });
  app.get('/', (_request, response) => {
    response.type('html').send(homePage(signer.id, statsOf(directory)));
  });
}

function addOperators(app: Express, { metrics, readers, admin }: ApiOptions): void {
  if (metrics !== undefined) app.get('/metrics', forReaders(readers), createMetricsHandler(metrics));
  if (admin !== undefined) app.use(ADMIN_PATH, createAdminRouter(admin));
}

/** Aborted when the other side has gone or has its answer. */
function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function readCursor(request: Request): string {
  return readOptional(request, 'cursor', MEMBER_ID, '');
}

function addressOf(request: Request, trustedProxies: NetworkSet): string {
  return clientAddress(request.socket.remoteAddress ?? '', request.get('x-forwarded-for') ?? '', trustedProxies);
}
