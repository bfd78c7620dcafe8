// GET /v2/allocate: the signed choice of nodes for a torrent.

import { PublicError } from '../../shared/errors.ts';
import type { AllocateAnswer } from '../../shared/protocol/messages/directory-messages.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import { ALLOCATION_SPARES } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Directory } from '../directory/directory.ts';
import type { RecentAllocator } from '../directory/recent-allocator.ts';
import { signAllocation } from '../directory/signed-allocation.ts';

const NO_NODES_RETRY_SECONDS = 15;

export interface AllocateOptions {
  readonly directory: Directory;
  readonly allocator: Pick<RecentAllocator, 'at'>;
  readonly signer: Signer;
}

/** Throws PublicError 'no-nodes' (503) when no node that answers takes new torrents. */
export function answerAllocate(
  { directory, allocator, signer }: AllocateOptions,
  { infoHash, copies }: { readonly infoHash: InfoHash; readonly copies: number },
  now: number,
): AllocateAnswer {
  const nodes = allocator.at(now).allocate({
    infoHash,
    wanted: copies + ALLOCATION_SPARES,
    carriers: new Set([...directory.carriers.of(infoHash)].filter((id) => isOpen(directory, id))),
  });
  if (nodes.length === 0) {
    throw new PublicError('no-nodes', 'no node takes new torrents at the moment', {
      status: 503,
      retrySeconds: NO_NODES_RETRY_SECONDS,
    });
  }
  return {
    allocation: signAllocation({ infoHash, copies, nodes }, signer, now),
    nodes: nodes.map((id) => directory.nodes.get(id)!.entry.bytes),
  };
}

/** A carrier that leaves, or has left, is no place for a planter to come back to. */
function isOpen(directory: Directory, id: Id): boolean {
  return directory.nodes.get(id)?.entry.statement.state === 'open';
}
