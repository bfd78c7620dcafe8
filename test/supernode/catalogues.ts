// Catalogues for tests: taken over in one go, as a puller does it page by page.

import type { CatalogueHead } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Carriers } from '../../supernode/directory/carriers.ts';

/** All that was pulled of one node's catalogue in one go. */
export interface CataloguePull {
  /** The catalogue afterwards. */
  readonly head: CatalogueHead;
  readonly isReset: boolean;
  readonly added: readonly InfoHash[];
  readonly removed: readonly InfoHash[];
}

/** Whether it adds up to its head. */
export function takeCatalogue(carriers: Carriers, node: Id, pull: CataloguePull): boolean {
  const update = carriers.update(node);
  update.take(pull);
  const slices = update.finish(pull.head);
  let slice = slices.next();
  while (slice.done !== true) slice = slices.next();
  return slice.value;
}
