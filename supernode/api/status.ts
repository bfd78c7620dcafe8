// What operators and passers-by ask: is it alive, what does it know, what is it.

import type { CarrierState } from '../../shared/protocol/messages/directory-messages.ts';
import type { Directory } from '../directory/directory.ts';
import type { MemberEntry } from '../directory/entry.ts';
import type { Registry } from '../directory/registry.ts';

export interface DirectoryStats {
  readonly nodes: Readonly<Record<CarrierState, number>>;
  readonly supernodes: Readonly<Record<CarrierState, number>>;
  /** Info hashes that somebody planted, uprooted ones included. */
  readonly planted: number;
  /** Info hashes that at least one node carries. */
  readonly carried: number;
}

export function statsOf(directory: Directory): DirectoryStats {
  return {
    nodes: countStates(directory.nodes),
    supernodes: countStates(directory.supernodes),
    planted: directory.plants.size,
    carried: directory.carriers.size,
  };
}

/** Everything in it is made here: hex digits and numbers, nothing that a stranger wrote. */
export function homePage(id: string, { nodes, supernodes, carried }: DirectoryStats): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Anatomic supernode</title>
</head>
<body>
<h1>Anatomic supernode</h1>
<p>This supernode knows which tracker of a decentralised BitTorrent network carries which torrent. Its announce URL is
<code>/announce</code> at this address and leads clients there. It stores and serves no content.</p>
<p>It knows ${carried} torrents, ${nodes.up} nodes and ${supernodes.up} supernodes that answer.
<a href="/health">All numbers</a>, <a href="/trackers.txt">announce URLs</a></p>
<p>Id: <code>${id}</code></p>
</body>
</html>
`;
}

function countStates(registry: Registry<MemberEntry>): Record<CarrierState, number> {
  const counts = { up: 0, suspect: 0, down: 0 };
  for (const { liveness } of registry.values()) counts[liveness.state]++;
  return counts;
}
