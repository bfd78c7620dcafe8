// What supernodes, planters and co-carriers ask of a node.

import {
  type CatalogueDelta,
  catalogueRecord,
  type PlantAnswer,
  type PlantCall,
  plantAnswer,
  plantCall,
} from '../protocol/messages/node-messages.ts';
import {
  RELEASE_PATH,
  type ReleaseAnswer,
  type ReleaseCall,
  releaseAnswer,
  releaseCall,
} from '../protocol/messages/release-messages.ts';
import {
  SHARE_PATH,
  type ShareAnswer,
  type ShareBatch,
  SYNC_PATH,
  type SyncCall,
  type SyncPage,
  shareAnswer,
  shareBatch,
  syncCall,
  syncPage,
} from '../protocol/messages/share-messages.ts';
import type { Id } from '../protocol/records/record.ts';
import { type NodeStatement, nodeRecord } from '../protocol/records/statements.ts';
import { Caller, type CallerOptions, type Ping, type RequestOptions } from './caller.ts';

export type NodePing = Ping<NodeStatement>;

/** All methods throw PublicError: 'unreachable', 'answer' (one that cannot be used), or what the node refuses with. */
export class NodeClient {
  readonly #caller: Caller;

  constructor(options: CallerOptions) {
    this.#caller = new Caller(options);
  }

  /** Who answers at a URL; throws unless it is a node, and the one expected. */
  ping(baseUrl: string, expectedId?: Id, options?: RequestOptions): Promise<NodePing> {
    return this.#caller.ping(baseUrl, nodeRecord, expectedId, options);
  }

  /** The node's pong to the challenge of whoever could not reach it, 32 hex digits, as the node signed it. */
  fetchPong(baseUrl: string, id: Id, challenge: string, options?: RequestOptions): Promise<Uint8Array> {
    return this.#caller.fetchPong(baseUrl, id, challenge, options);
  }

  plant(baseUrl: string, id: Id, call: PlantCall, options?: RequestOptions): Promise<PlantAnswer> {
    const message = plantCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: '/v2/plant', message }, plantAnswer, options);
  }

  /** Lets a node give up torrents that others carry. */
  release(baseUrl: string, id: Id, call: ReleaseCall, options?: RequestOptions): Promise<ReleaseAnswer> {
    const message = releaseCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: RELEASE_PATH, message }, releaseAnswer, options);
  }

  /** Tells a co-carrier what changed among our own peers. */
  share(baseUrl: string, id: Id, batch: ShareBatch, options?: RequestOptions): Promise<ShareAnswer> {
    const message = shareBatch.write(batch);
    return this.#caller.post(baseUrl, { to: id, path: SHARE_PATH, message }, shareAnswer, options);
  }

  /** The next page of a co-carrier's own peers. */
  sync(baseUrl: string, id: Id, call: SyncCall, options?: RequestOptions): Promise<SyncPage> {
    const message = syncCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: SYNC_PATH, message }, syncPage, options);
  }

  /** The next page of changes after change `since` of `epoch`. */
  async catalogue(
    baseUrl: string,
    id: Id,
    from: { readonly epoch: string; readonly since: number },
    options?: RequestOptions,
  ): Promise<CatalogueDelta> {
    const path = `/v2/catalogue?epoch=${from.epoch}&since=${from.since}`;
    return (await this.#caller.getRecord(baseUrl, path, catalogueRecord, id, options)).value;
  }
}
