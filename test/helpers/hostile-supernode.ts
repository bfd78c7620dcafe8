// A supernode that lies. It speaks the protocol with a key of its own over real sockets, joins honest ones, and says whatever
// a test tells it to say.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createGuard } from '../../shared/http/guard.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import {
  changesAnswer,
  directoryPage,
  type JoinAnswer,
  joinAnswer,
  lookupAnswer,
  MAX_PAGE_BYTES,
  MAX_PAGE_RECORDS,
} from '../../shared/protocol/messages/directory-messages.ts';
import {
  digestsAnswer,
  OBSERVATIONS_PATH,
  observationsAnswer,
  observationsCall,
  PROBE_PATH,
  probeAnswer,
} from '../../shared/protocol/messages/federation-messages.ts';
import { pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import { openCall, sealAnswer } from '../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../shared/protocol/records/nonce-memory.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { type SupernodeStatement, supernodeRecord } from '../../shared/protocol/records/statements.ts';
import type { SupernodeService } from '../../supernode/service.ts';

/** How it answers whoever reads its feed: as it should, not at all, or without an end. */
export type Manner = 'answer' | 'silence' | 'endless';

const FEED = 'badbadbadbadbad0';
const DIGESTS_BYTES = 4096;
const LONG_SILENCE_SECONDS = 36_000;

export class HostileSupernode implements AsyncDisposable {
  readonly signer = createSigner();
  readonly baseUrl: string;
  /** What its feed brings, and what it shows when plants are compared. */
  feed: Uint8Array[] = [];
  plants: Uint8Array[] = [];
  manner: Manner = 'answer';
  /** How often it was asked, by path. */
  readonly asked = new Map<string, number>();
  /** So many records of the feed have been read by whoever read the most. */
  readTo = 0;
  readonly #server: Server;
  readonly #nonces = new NonceMemory();
  readonly #guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  #seq = Date.now();

  private constructor(server: Server) {
    this.#server = server;
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  static async start(): Promise<HostileSupernode> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HostileSupernode(server);
  }

  get id(): Id {
    return this.signer.id;
  }

  /** Its record, with whatever it claims. */
  record(claims: Partial<SupernodeStatement> = {}): Uint8Array {
    const statement = { urls: [this.baseUrl], state: 'open', software: 'liar', ttlSeconds: 3600, ...claims } as const;
    return supernodeRecord.sign({ ...statement, seq: this.#seq++ }, this.signer).bytes;
  }

  join({ baseUrl, id }: SupernodeService, record = this.record()): Promise<JoinAnswer> {
    const callers = { guard: this.#guard, signer: this.signer, clock: systemClock, random: systemRandom };
    return new SupernodeClient(callers).join(baseUrl, id, { record });
  }

  timesAsked(path: string): number {
    return this.asked.get(path) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
    await this.#guard.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.baseUrl);
    this.asked.set(pathname, this.timesAsked(pathname) + 1);
    if (this.manner !== 'answer' && pathname === '/v2/changes') {
      if (this.manner === 'endless') pour(response);
      return;
    }
    const body = await buffer(request);
    const answer = request.method === 'GET' ? this.#get(pathname, searchParams) : this.#post(pathname, body);
    if (answer === undefined) response.writeHead(404).end();
    else response.end(answer);
  }

  #get(path: string, query: URLSearchParams): Uint8Array | undefined {
    switch (path) {
      case '/v2/ping': {
        const challenge = query.get('challenge') ?? '';
        const pong = { challenge, record: this.record(), load: 0, uptimeSeconds: 1 };
        return pongRecord.sign(pong, this.signer).bytes;
      }
      case '/v2/changes':
        return this.#page(Number(query.get('since')));
      case '/v2/lookup': {
        const items = query.getAll('info_hash').map((infoHash) => ({ infoHash, carriers: [], plants: [] }));
        return lookupAnswer.write({ items, nodes: [] });
      }
      case '/v2/digests':
        return digestsAnswer.write({ digests: systemRandom.bytes(DIGESTS_BYTES) });
      case '/v2/plants':
        return directoryPage.write({ records: this.plants });
      case '/v2/nodes':
      case '/v2/supernodes':
        return directoryPage.write({ records: [] });
      default:
        return undefined;
    }
  }

  #page(since: number): Uint8Array {
    this.readTo = Math.max(this.readTo, since);
    const records: Uint8Array[] = [];
    let bytesLeft = MAX_PAGE_BYTES;
    for (const record of this.feed.slice(since, since + MAX_PAGE_RECORDS)) {
      bytesLeft -= record.length;
      if (bytesLeft < 0) break;
      records.push(record);
    }
    return changesAnswer.write({ feed: FEED, next: since + records.length, isReset: false, records });
  }

  /** Every node has been silent for ten hours, and answers nobody. */
  #post(path: string, body: Uint8Array): Uint8Array | undefined {
    const call = openCall(body, { self: this.id, path, now: Date.now(), nonces: this.#nonces });
    const lie = (): Uint8Array | undefined => {
      switch (path) {
        case '/v2/join':
          return joinAnswer.write({ status: 'accepted', retrySeconds: 300, supernodes: [] });
        case PROBE_PATH:
          return probeAnswer.write({});
        case OBSERVATIONS_PATH: {
          const { nodes } = observationsCall.read(call.body);
          const observations = nodes.map((node) => ({ node, silentSeconds: LONG_SILENCE_SECONDS }));
          return observationsAnswer.write({ isHealthy: true, observations });
        }
        default:
          return undefined;
      }
    };
    const answer = lie();
    return answer && sealAnswer({ to: call.author, nonce: call.nonce, at: Date.now(), body: answer }, this.signer);
  }
}

/** Writes for as long as somebody reads. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'd');
  response.on('error', () => response.destroy());
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
