// Supernodes, fake nodes and clients on the loopback interface, and their end.

import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGuard, type Guard } from '../../shared/http/guard.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createLog } from '../../shared/platform/log.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import type { JoinAnswer, RegisterAnswer } from '../../shared/protocol/messages/directory-messages.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { type PlantStatement, plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { SupernodeConfig } from '../../supernode/config.ts';
import { type SupernodeOverrides, type SupernodeService, startSupernode } from '../../supernode/service.ts';
import { configOf } from './config-of.ts';
import { FakeNode } from './fake-node.ts';
import { signer } from './records.ts';

const LOOPBACK = '127.0.0.0/8';
const SILENT = createLog({ level: 'silent', role: 'test' });

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What one test has started; `end` leaves nothing behind. */
export class Bench {
  readonly planter: Signer = signer(200);
  readonly folder = mkdtempSync(join(tmpdir(), 'anatomic-supernode-'));
  readonly #guard: Guard = createGuard({ allowNetworks: [LOOPBACK], configuredUrls: [] });
  readonly #supernodes: SupernodeService[] = [];
  readonly #nodes: FakeNode[] = [];

  async supernode(
    changes: Partial<SupernodeConfig> = {},
    overrides: Partial<SupernodeOverrides> = {},
  ): Promise<SupernodeService> {
    const config: SupernodeConfig = {
      ...configOf('--http-port', '0', '--host', '127.0.0.1', '--allow-network', LOOPBACK, '--log-level', 'silent'),
      probeIntervalMs: 100,
      dataDirectory: join(this.folder, `${this.#supernodes.length}`),
      graceMs: 2000,
      ...changes,
    };
    const supernode = await startSupernode(config, { log: SILENT, ...overrides });
    this.#supernodes.push(supernode);
    return supernode;
  }

  async node(number = this.#nodes.length + 1): Promise<FakeNode> {
    const node = await FakeNode.start(number);
    this.#nodes.push(node);
    return node;
  }

  client(author: Signer = this.planter): SupernodeClient {
    return new SupernodeClient({ guard: this.#guard, signer: author, clock: systemClock, random: systemRandom });
  }

  join(node: FakeNode, { baseUrl, id }: SupernodeService, record = node.record()): Promise<JoinAnswer> {
    return this.client(node.signer).join(baseUrl, id, { record });
  }

  plant(infoHash: InfoHash, changes: Partial<PlantStatement> = {}): Uint8Array {
    const statement = { infoHash, copies: 2, seq: Date.now(), ttlSeconds: 3600, ...changes };
    return plantRecord.sign(statement, this.planter).bytes;
  }

  register(
    { baseUrl, id }: SupernodeService,
    plants: readonly Uint8Array[],
    receipts: readonly Uint8Array[] = [],
  ): Promise<RegisterAnswer> {
    return this.client().register(baseUrl, id, { plants, receipts });
  }

  async end(): Promise<void> {
    await Promise.all(this.#supernodes.map((supernode) => supernode.stop()));
    await Promise.all(this.#nodes.map((node) => node.die()));
    await this.#guard.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** One request as a plain client makes it: `path` goes out as it is, redirects are not followed. */
export function get(baseUrl: string, path: string, method = 'GET'): Promise<HttpAnswer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** The query of an announce, its hash percent-encoded byte by byte. */
export function announceQuery(infoHash: InfoHash): string {
  const encoded = infoHash.replace(/../g, '%$&');
  return `info_hash=${encoded}&peer_id=-XX0001-abcdefghijkl&port=6881&uploaded=0&downloaded=0&left=0&compact=1`;
}
