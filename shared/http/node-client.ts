// What supernodes and planters ask of a node.

import {
  type CatalogueDelta,
  catalogueRecord,
  type PlantAnswer,
  type PlantCall,
  plantAnswer,
  plantCall,
} from '../protocol/node-messages.ts';
import type { Id } from '../protocol/record.ts';
import { type NodeStatement, nodeRecord } from '../protocol/statements.ts';
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

  plant(baseUrl: string, id: Id, call: PlantCall, options?: RequestOptions): Promise<PlantAnswer> {
    const message = plantCall.write(call);
    return this.#caller.post(baseUrl, { to: id, path: '/v2/plant', message }, plantAnswer, options);
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
