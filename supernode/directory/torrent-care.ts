// What one torrent needs: more copies, fewer, or none any more. A pure judgement; who acts on it, and when, is healing.ts.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Allocator } from './allocation.ts';
import type { Directory } from './directory.ts';
import { isTrusted } from './liveness.ts';
import type { Mortality } from './mortality.ts';

/** What care is judged by. */
export interface CareView {
  readonly directory: Directory;
  readonly mortality: Pick<Mortality, 'isDead'>;
  /** Over all nodes that are not dead; made when it is needed first. */
  readonly allocator: () => Allocator;
  readonly now: number;
}

/** Nodes that would not carry the torrent. */
export interface Declined {
  /** To be passed over. */
  readonly by: ReadonlySet<Id>;
  /** So many of them gave it up for good, since nobody uses it or its planter uprooted it: no copy is made in their place. */
  readonly forGood: number;
}

export type Care =
  /** `targets` are to carry it beside `keepers`; urgent when a node waits for that to leave. */
  | {
      readonly kind: 'short';
      readonly keepers: readonly Id[];
      readonly targets: readonly Id[];
      readonly isUrgent: boolean;
    }
  /**
   * The keepers are enough without `extra`; urgent when those wait to leave. Not ready while a keeper or all of the extra
   * do not answer.
   */
  | {
      readonly kind: 'surplus';
      readonly keepers: readonly Id[];
      readonly extra: readonly Id[];
      readonly isUrgent: boolean;
      readonly isReady: boolean;
    }
  /** No planter wants it any more, and these may not have heard. */
  | { readonly kind: 'uprooted'; readonly carriers: readonly Id[] };

const NOBODY: Declined = { by: new Set(), forGood: 0 };

/** undefined: it is well, or nothing can be done for it. */
export function careFor(infoHash: InfoHash, view: CareView, declined: Declined = NOBODY): Care | undefined {
  const { directory, now } = view;
  const copies = directory.plants.copiesOf(directory.torrents.of(infoHash), now);
  const carriers = sortCarriers(infoHash, view);
  if (copies === 0) return uprootedCare(infoHash, carriers, view);
  if (carriers.staying.length + declined.forGood < copies) return shortCare(infoHash, carriers, view, declined, copies);
  if (carriers.staying.length >= copies) return surplusCare(infoHash, carriers, view, copies);
  return undefined;
}

interface Carriers {
  /** Alive, and not about to leave; those that miss pings are among them, since they may be back in minutes. */
  readonly staying: readonly Id[];
  /** Alive and draining. */
  readonly leaving: readonly Id[];
}

function sortCarriers(infoHash: InfoHash, { directory, mortality }: CareView): Carriers {
  const staying: Id[] = [];
  const leaving: Id[] = [];
  for (const id of directory.carriers.of(infoHash)) {
    const node = directory.nodes.get(id);
    if (node === undefined || mortality.isDead(id)) continue;
    (node.entry.statement.state === 'draining' ? leaving : staying).push(id);
  }
  return { staying, leaving };
}

function shortCare(
  infoHash: InfoHash,
  { staying, leaving }: Carriers,
  { allocator }: CareView,
  { by, forGood }: Declined,
  copies: number,
): Care | undefined {
  const carriers = new Set(staying);
  const except = new Set([...by, ...leaving]);
  const chosen = allocator().allocate({ infoHash, wanted: copies - forGood, carriers, except });
  const targets = chosen.filter((id) => !carriers.has(id));
  const isUrgent = staying.length + leaving.length + forGood >= copies;
  return targets.length === 0 ? undefined : { kind: 'short', keepers: [...staying, ...leaving], targets, isUrgent };
}

function surplusCare(
  infoHash: InfoHash,
  { staying, leaving }: Carriers,
  { directory, allocator, now }: CareView,
  copies: number,
): Care | undefined {
  if (staying.length === copies && leaving.length === 0) return undefined;
  const ranked = allocator().allocate({ infoHash, wanted: staying.length, carriers: new Set(staying) });
  const keepers = ranked.slice(0, copies);
  const isUrgent = leaving.length > 0;
  const isThere = (id: Id): boolean => isTrusted(directory.nodes.get(id)!.liveness, now);
  const extra = (isUrgent ? leaving : ranked.slice(copies)).filter(isThere);
  const isReady = extra.length > 0 && keepers.every(isThere);
  return { kind: 'surplus', keepers, extra, isUrgent, isReady };
}

function uprootedCare(
  infoHash: InfoHash,
  { staying, leaving }: Carriers,
  { directory, now }: CareView,
): Care | undefined {
  if (directory.plants.uproots(infoHash, now).length === 0) return undefined;
  const carriers = [...staying, ...leaving].filter((id) => isTrusted(directory.nodes.get(id)!.liveness, now));
  return carriers.length === 0 ? undefined : { kind: 'uprooted', carriers };
}
