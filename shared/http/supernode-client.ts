// What nodes, planters, clients and other supernodes ask of a supernode.

import { PublicError } from '../errors.ts';
import {
  CARRIERS_PATH,
  type CarriersAnswer,
  type CarriersCall,
  carriersAnswer,
  carriersCall,
} from '../protocol/messages/carrier-messages.ts';
import {
  allocateAnswer,
  type ChangesAnswer,
  changesAnswer,
  type DirectoryPage,
  directoryPage,
  type JoinAnswer,
  type JoinCall,
  joinAnswer,
  joinCall,
  type LookupAnswer,
  lookupAnswer,
  type RegisterAnswer,
  type RegisterCall,
  registerAnswer,
  registerCall,
} from '../protocol/messages/directory-messages.ts';
import {
  digestsAnswer,
  type MirrorPage,
  mirrorPage,
  OBSERVATIONS_PATH,
  type ObservationsAnswer,
  type ObservationsCall,
  observationsAnswer,
  observationsCall,
  PROBE_PATH,
  probeAnswer,
  probeCall,
} from '../protocol/messages/federation-messages.ts';
import { type Pong, pongRecord } from '../protocol/messages/node-messages.ts';
import { type Opened, openGood } from '../protocol/records/codec.ts';
import type { Id } from '../protocol/records/record.ts';
import {
  type AllocationStatement,
  allocationRecord,
  type NodeStatement,
  nodeRecord,
  type SupernodeStatement,
  supernodeRecord,
} from '../protocol/records/statements.ts';
import type { InfoHash } from '../protocol/torrent/info-hash.ts';
import { Caller, type CallerOptions, checkChallenge, type Ping, type RequestOptions, readAnswer } from './caller.ts';

export type SupernodePing = Ping<SupernodeStatement>;

/** A supernode's choice for a torrent, verified. */
export interface Allocation {
  readonly allocation: Opened<AllocationStatement>;
  /** The nodes that it names, in its order; those without a good record are left out. */
  readonly nodes: readonly Opened<NodeStatement>[];
}

/** Beyond the wait that was asked for, in ms. */
const LONG_POLL_MARGIN_MS = 10_000;

/**
 * All methods throw PublicError: 'unreachable', 'answer' (one that cannot be used), or what the supernode refuses with.
 * Records within answers are not opened unless said: they prove themselves to whoever uses them.
 */
export class SupernodeClient {
  readonly #caller: Caller;

  constructor(options: CallerOptions) {
    this.#caller = new Caller(options);
  }

  /** Who answers at a URL; throws unless it is a supernode, and the one expected. */
  ping(baseUrl: string, expectedId?: Id, options?: RequestOptions): Promise<SupernodePing> {
    return this.#caller.ping(baseUrl, supernodeRecord, expectedId, options);
  }

  join(baseUrl: string, id: Id, call: JoinCall, options?: RequestOptions): Promise<JoinAnswer> {
    const message = joinCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: '/v2/join', message }, joinAnswer, options);
  }

  register(baseUrl: string, id: Id, call: RegisterCall, options?: RequestOptions): Promise<RegisterAnswer> {
    const message = registerCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: '/v2/plant', message }, registerAnswer, options);
  }

  /** At most MAX_LOOKUP_HASHES. */
  lookup(baseUrl: string, infoHashes: readonly InfoHash[], options?: RequestOptions): Promise<LookupAnswer> {
    const query = infoHashes.map((infoHash) => `info_hash=${infoHash}`).join('&');
    return this.#caller.get(baseUrl, `/v2/lookup?${query}`, lookupAnswer, options);
  }

  /** Which nodes shall carry a torrent, in the words of supernode `id`. */
  async allocate(
    baseUrl: string,
    id: Id,
    wish: { readonly infoHash: InfoHash; readonly copies: number },
    options?: RequestOptions,
  ): Promise<Allocation> {
    const path = `/v2/allocate?info_hash=${wish.infoHash}&copies=${wish.copies}`;
    const answer = await this.#caller.get(baseUrl, path, allocateAnswer, options);
    const allocation = readAnswer(baseUrl, () => {
      const opened = this.#caller.open(answer.allocation, allocationRecord, id);
      if (opened.value.infoHash !== wish.infoHash) throw new PublicError('answer', 'it allocates another torrent');
      return opened;
    });
    return { allocation, nodes: this.#openNodes(allocation.value.nodes, answer.nodes) };
  }

  /** The next page of the feed after `since`; waits up to `waitSeconds` for one that is not empty. `feed` is left out at first. */
  changes(
    baseUrl: string,
    from: { readonly feed?: string; readonly since: number; readonly waitSeconds: number },
    signal?: AbortSignal,
  ): Promise<ChangesAnswer> {
    const feed = from.feed === undefined ? '' : `feed=${from.feed}&`;
    const path = `/v2/changes?${feed}since=${from.since}&wait=${from.waitSeconds}`;
    const timeoutMs = from.waitSeconds * 1000 + LONG_POLL_MARGIN_MS;
    return this.#caller.get(baseUrl, path, changesAnswer, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  }

  /**
   * Has supernode `id` ping a node: the pong, which only the node can have made, and only now. Undefined when the node
   * did not answer there either.
   */
  async probe(baseUrl: string, id: Id, node: Id, options?: RequestOptions): Promise<Pong | undefined> {
    const challenge = this.#caller.newChallenge();
    const message = probeCall.write({ node, challenge });
    const call = { to: id, path: PROBE_PATH, message };
    const { pong: bytes } = await this.#caller.post(baseUrl, call, probeAnswer, options);
    if (bytes === undefined) return undefined;
    return readAnswer(baseUrl, () => {
      const { value } = this.#caller.open(bytes, pongRecord, node);
      checkChallenge(value, challenge);
      return value;
    });
  }

  /** For how long nodes, at most MAX_OBSERVED, have been silent as supernode `id` saw it. */
  observations(baseUrl: string, id: Id, call: ObservationsCall, options?: RequestOptions): Promise<ObservationsAnswer> {
    const message = observationsCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: OBSERVATIONS_PATH, message }, observationsAnswer, options);
  }

  /** What a node carries after the hash `place` ('': from the first), as this supernode has read it. */
  mirror(baseUrl: string, node: Id, place: InfoHash | '', options?: RequestOptions): Promise<MirrorPage> {
    const from = place === '' ? '' : `&after=${place}`;
    return this.#caller.get(baseUrl, `/v2/mirror?node=${node}${from}`, mirrorPage, options);
  }

  /** Who else carries the torrents of this node; waits as long as the call says for news. */
  carriers(baseUrl: string, id: Id, call: CarriersCall, signal?: AbortSignal): Promise<CarriersAnswer> {
    const timeoutMs = call.waitSeconds * 1000 + LONG_POLL_MARGIN_MS;
    const options = { timeoutMs, ...(signal === undefined ? {} : { signal }) };
    return this.#caller.post(
      baseUrl,
      { to: id, path: CARRIERS_PATH, message: carriersCall.write(call) },
      carriersAnswer,
      options,
    );
  }

  /** 256 digests over plant records: of all first bytes of info hashes, or of the second bytes under one first byte. */
  async digests(baseUrl: string, firstByte: number | undefined, options?: RequestOptions): Promise<Uint8Array> {
    const query = firstByte === undefined ? '' : `?prefix=${hexDigits(firstByte, 2)}`;
    return (await this.#caller.get(baseUrl, `/v2/digests${query}`, digestsAnswer, options)).digests;
  }

  /** One page of the plant records whose info hashes begin with these 16 bits. */
  plants(
    baseUrl: string,
    firstBytes: number,
    cursor: string | undefined,
    options?: RequestOptions,
  ): Promise<DirectoryPage> {
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v2/plants?prefix=${hexDigits(firstBytes, 4)}${from}`;
    return this.#caller.get(baseUrl, path, directoryPage, options);
  }

  /** One page of node records; `cursor` is the `next` of the page before. */
  nodes(baseUrl: string, cursor?: string, options?: RequestOptions): Promise<DirectoryPage> {
    return this.#caller.get(baseUrl, `/v2/nodes${cursorQuery(cursor)}`, directoryPage, options);
  }

  /** One page of supernode records. */
  supernodes(baseUrl: string, cursor?: string, options?: RequestOptions): Promise<DirectoryPage> {
    return this.#caller.get(baseUrl, `/v2/supernodes${cursorQuery(cursor)}`, directoryPage, options);
  }

  #openNodes(ids: readonly Id[], records: readonly Uint8Array[]): Opened<NodeStatement>[] {
    const good = openGood(records, (bytes) => this.#caller.open(bytes, nodeRecord));
    const byId = new Map(good.map((opened) => [opened.record.author, opened]));
    return ids.map((id) => byId.get(id)).filter((opened) => opened !== undefined);
  }
}

function cursorQuery(cursor: string | undefined): string {
  return cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
}

function hexDigits(value: number, count: number): string {
  return value.toString(16).padStart(count, '0');
}
