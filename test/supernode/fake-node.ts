// The part of a node that a supernode sees: pongs, a catalogue, an announce. Goes silent and comes back at will.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CatalogueHead, catalogueRecord, pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import {
  type NodeStatement,
  nodeRecord,
  type ReceiptStatement,
  receiptRecord,
} from '../../shared/protocol/records/statements.ts';
import { Catalogue } from '../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { EPOCH, signer } from './records.ts';

const HOST = '127.0.0.1';
const TRACKER_ANSWER = 'd8:intervali1800e5:peers0:e';

export class FakeNode {
  /** Whose key signs pongs and records. */
  signer: Signer;
  /** Pages of the catalogue hold so many changes. */
  pageSize = 1000;
  epoch = EPOCH;
  announceAnswer = TRACKER_ANSWER;
  url = '';
  readonly announces: string[] = [];
  readonly #changes: { infoHash: InfoHash; isCarried: boolean }[] = [];
  readonly #catalogue = new Catalogue();
  #statement: NodeStatement;
  #server: Server | undefined;

  private constructor(number: number) {
    this.signer = signer(number);
    this.#statement = {
      urls: [],
      udpPort: 0,
      state: 'open',
      weight: 100,
      software: 'fake',
      seq: Date.now(),
      ttlSeconds: 3600,
    };
  }

  static async start(number: number): Promise<FakeNode> {
    const node = new FakeNode(number);
    await node.listen(0);
    return node;
  }

  get id(): string {
    return this.signer.id;
  }

  /** The node's record; `changes` count from now on. */
  record(changes: Partial<NodeStatement> = {}): Uint8Array {
    const isChanged = Object.keys(changes).length > 0;
    if (isChanged) this.#statement = { ...this.#statement, ...changes, seq: this.#statement.seq + 1 };
    return nodeRecord.sign(this.#statement, this.signer).bytes;
  }

  /** Adds a torrent to the catalogue. */
  hold(infoHash: InfoHash): void {
    this.#change(infoHash, true);
  }

  /** Adds a torrent to the catalogue and gives the receipt. */
  carry(infoHash: InfoHash): Uint8Array {
    this.hold(infoHash);
    const receipt: ReceiptStatement = {
      infoHash,
      epoch: this.epoch,
      change: this.#changes.length,
      seq: Date.now(),
      ttlSeconds: 3600,
    };
    return receiptRecord.sign(receipt, this.signer).bytes;
  }

  drop(infoHash: InfoHash): void {
    this.#change(infoHash, false);
  }

  /** Ends the server and its connections, as kill -9 would. */
  async die(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Listens at the same place again. */
  async revive(): Promise<void> {
    await this.listen(Number(new URL(this.url).port));
  }

  async listen(port: number): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
    this.#server = server;
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    if (port === 0) this.#statement = { ...this.#statement, urls: [this.url] };
  }

  #change(infoHash: InfoHash, isCarried: boolean): void {
    if (isCarried) this.#catalogue.add(infoHash);
    else this.#catalogue.remove(infoHash);
    this.#changes.push({ infoHash, isCarried });
  }

  #head(): CatalogueHead {
    const { size } = this.#catalogue;
    return { epoch: this.epoch, change: this.#changes.length, count: size, root: this.#catalogue.root() };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.url);
    if (url.pathname === '/v2/ping') response.end(this.#pong(url.searchParams.get('challenge') ?? ''));
    else if (url.pathname === '/v2/catalogue') response.end(this.#page(url.searchParams));
    else if (url.pathname === '/announce') {
      this.announces.push(request.url ?? '');
      response.end(this.announceAnswer);
    } else response.writeHead(404).end();
  }

  #pong(challenge: string): Uint8Array {
    const pong = { challenge, record: this.record(), catalogue: this.#head(), load: 0, uptimeSeconds: 1 };
    return pongRecord.sign(pong, this.signer).bytes;
  }

  #page(query: URLSearchParams): Uint8Array {
    const isReset = query.get('epoch') !== this.epoch;
    const since = isReset ? 0 : Number(query.get('since'));
    const page = this.#changes.slice(since, since + this.pageSize);
    const next = since + page.length;
    const hashes = (isCarried: boolean) => [
      ...new Set(page.map(({ infoHash }) => infoHash).filter((hash) => this.#catalogue.has(hash) === isCarried)),
    ];
    const delta = {
      head: this.#head(),
      isReset,
      added: hashes(true),
      removed: hashes(false),
      next,
      isLast: next === this.#changes.length,
    };
    return catalogueRecord.sign(delta, this.signer).bytes;
  }
}
