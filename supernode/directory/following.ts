// Whose feeds a supernode follows: the ones its operator named first, then others that it has come to know.

import type { Id } from '../../shared/protocol/record.ts';
import { rank } from '../../shared/protocol/rendezvous.ts';
import type { SupernodeEntry } from './entry.ts';
import type { Member } from './registry.ts';

/** What these have in common spreads everywhere; more would only repeat it. */
export const MAX_FOLLOWED = 8;

export interface FollowingQuestion {
  readonly self: Id;
  readonly known: Iterable<Member<SupernodeEntry>>;
  /** Ids behind the URLs that the operator named. */
  readonly configured: ReadonlySet<Id>;
}

/** At most MAX_FOLLOWED; each supernode prefers others, so that all of them together stay connected. */
export function chooseFollowed({ self, known, configured }: FollowingQuestion): Id[] {
  const candidates = [...known]
    .filter(({ entry, liveness }) => entry.author !== self && liveness.answeredAt > 0 && liveness.state !== 'down')
    .map(({ entry }) => ({ id: entry.author, weight: 1 }));
  const ranked = rank(self, candidates);
  const named = ranked.filter((id) => configured.has(id));
  const others = ranked.filter((id) => !configured.has(id));
  return [...named, ...others].slice(0, MAX_FOLLOWED);
}
