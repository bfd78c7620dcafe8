// GET /v2/lookup: who carries a torrent, and who planted it.

import {
  type Carrier,
  type CarrierState,
  type LookupAnswer,
  type LookupItem,
  MAX_LOOKUP_CARRIERS,
  MAX_LOOKUP_PLANTS,
  MAX_PAGE_BYTES,
} from '../../shared/protocol/messages/directory-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory } from '../directory/directory.ts';
import type { NodeEntry } from '../directory/entry.ts';
import type { Member } from '../directory/registry.ts';

const STATE_ORDER: Readonly<Record<CarrierState, number>> = { up: 0, suspect: 1, down: 2 };
/** What an item takes besides the records in it. */
const ITEM_BYTES = 1024;

/** Answers from memory; names no more carriers and plants than fit one message, those that answer first. */
export function lookUp(directory: Directory, infoHashes: readonly InfoHash[], now: number): LookupAnswer {
  const answer = new BoundedAnswer();
  const items = infoHashes.map((infoHash) => {
    const plants = directory.plants.live(infoHash, now).slice(0, MAX_LOOKUP_PLANTS);
    return answer.item(
      infoHash,
      carriersOf(directory, infoHash),
      plants.map(({ bytes }) => bytes),
    );
  });
  return { items, nodes: [...answer.nodes.values()] };
}

function carriersOf(directory: Directory, infoHash: InfoHash): Member<NodeEntry>[] {
  return [...directory.carriers.of(infoHash)]
    .map((id) => directory.nodes.get(id))
    .filter((node) => node !== undefined)
    .sort((a, b) => STATE_ORDER[a.liveness.state] - STATE_ORDER[b.liveness.state])
    .slice(0, MAX_LOOKUP_CARRIERS);
}

class BoundedAnswer {
  readonly nodes = new Map<Id, Uint8Array>();
  #bytesLeft = MAX_PAGE_BYTES;

  item(infoHash: InfoHash, members: readonly Member<NodeEntry>[], plants: readonly Uint8Array[]): LookupItem {
    this.#bytesLeft -= ITEM_BYTES;
    const carriers: Carrier[] = [];
    for (const { entry, liveness } of members) {
      if (!this.#introduce(entry)) continue;
      carriers.push({ node: entry.author, state: liveness.state });
    }
    return { infoHash, carriers, plants: plants.filter((bytes) => this.#spend(bytes.length)) };
  }

  #introduce({ author, bytes }: NodeEntry): boolean {
    if (this.nodes.has(author)) return true;
    if (!this.#spend(bytes.length)) return false;
    this.nodes.set(author, bytes);
    return true;
  }

  #spend(bytes: number): boolean {
    if (bytes > this.#bytesLeft) return false;
    this.#bytesLeft -= bytes;
    return true;
  }
}
