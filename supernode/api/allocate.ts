// GET /v2/allocate: the signed choice of nodes for a torrent.

import { PublicError } from '../../shared/errors.ts';
import type { AllocateAnswer } from '../../shared/protocol/directory-messages.ts';
import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import type { Signer } from '../../shared/protocol/record.ts';
import { ALLOCATION_SPARES, allocationRecord } from '../../shared/protocol/statements.ts';
import { allocate, type Candidate } from '../directory/allocation.ts';
import type { Directory } from '../directory/directory.ts';
import type { NodeEntry } from '../directory/entry.ts';
import { primaryUrl } from '../directory/registry.ts';

/** How long planters may use an allocation. */
export const ALLOCATION_LIFETIME_MS = 900_000;
const NO_NODES_RETRY_SECONDS = 15;

/** Throws PublicError 'no-nodes' (503) when no node that answers takes new torrents. */
export function answerAllocate(
  directory: Directory,
  signer: Signer,
  { infoHash, copies }: { readonly infoHash: InfoHash; readonly copies: number },
  now: number,
): AllocateAnswer {
  const open = directory.nodes.trusted(now).filter(({ entry }) => entry.statement.state === 'open');
  const nodes = allocate({
    infoHash,
    wanted: copies + ALLOCATION_SPARES,
    candidates: open.map(({ entry }) => candidateOf(directory, entry)),
    carriers: directory.carriers.of(infoHash),
  });
  if (nodes.length === 0) {
    throw new PublicError('no-nodes', 'no node takes new torrents at the moment', {
      status: 503,
      retrySeconds: NO_NODES_RETRY_SECONDS,
    });
  }
  const statement = { infoHash, copies, nodes, expiresAt: now + ALLOCATION_LIFETIME_MS };
  return {
    allocation: allocationRecord.sign(statement, signer).bytes,
    nodes: nodes.map((id) => directory.nodes.get(id)!.entry.bytes),
  };
}

function candidateOf(directory: Directory, entry: NodeEntry): Candidate {
  return {
    id: entry.author,
    weight: entry.statement.weight,
    host: hostOf(primaryUrl(entry)),
    carried: directory.carriers.countOf(entry.author),
  };
}

/** Without the brackets of an IPv6 address. */
function hostOf(baseUrl: string): string {
  return new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
}
