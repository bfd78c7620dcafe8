// The catalogue of a node that does not answer here, as a supernode has read it that reaches the node.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { pick, type Random } from '../../shared/platform/random.ts';
import type { CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { CataloguePage } from '../directory/catalogue-update.ts';
import { trustedWitnesses, type WitnessOptions } from './witnesses.ts';

export interface MirrorsOptions extends WitnessOptions {
  readonly client: Pick<SupernodeClient, 'mirror'>;
  readonly random: Random;
}

export class Mirrors {
  readonly #options: MirrorsOptions;

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /**
   * The whole catalogue that amounts to `head`, which the node has signed, from one of the others at random. Nobody vouches for
   * the pages: whether they add up is for the reader to see. Throws when nobody is there to ask,
   * or the one asked has read another catalogue or tells of more than belongs to it.
   */
  async *read(node: Id, head: CatalogueHead, signal: AbortSignal): AsyncGenerator<CataloguePage> {
    const { client, random } = this.#options;
    const mirror = pick(trustedWitnesses(this.#options), random);
    if (mirror === undefined) throw new Error('no supernode to read it from');
    let place: InfoHash | '' = '';
    let told = 0;
    for (;;) {
      const { head: held, hashes, isLast } = await client.mirror(mirror.url, node, place, { signal });
      if (held.root !== head.root) throw new Error('the supernode asked has read another one');
      told += hashes.length;
      if (told > head.count) throw new Error('the supernode asked tells of more than the node carries');
      yield { head, isReset: place === '', added: hashes, removed: [], isLast };
      const last: InfoHash | undefined = hashes.at(-1);
      if (isLast) return;
      if (last === undefined || last <= place) throw new Error('the supernode asked goes round in circles');
      place = last;
    }
  }
}
