// Whose feeds a supernode follows: the ones its operator named first, then others that those know.

import type { Id } from '../../shared/protocol/records/record.ts';
import { rank } from '../../shared/protocol/sets/rendezvous.ts';
import type { Acquaintances } from './acquaintances.ts';
import type { SupernodeEntry } from './entry.ts';
import type { Member } from './registry.ts';

/** What these have in common spreads everywhere; more would only repeat it. */
export const MAX_FOLLOWED = 8;

export interface FollowingQuestion {
  readonly self: Id;
  readonly known: Iterable<Member<SupernodeEntry>>;
  readonly acquaintances: Pick<Acquaintances, 'isNamed' | 'isWelcome'>;
}

export interface Following {
  /** At most MAX_FOLLOWED; each supernode prefers others, so that all of them together stay connected. */
  readonly chosen: readonly Id[];
  /** Those that answer, and that too few know. */
  readonly strangers: readonly Id[];
}

export function chooseFollowed({ self, known, acquaintances }: FollowingQuestion): Following {
  const candidates = [...known]
    .filter(({ entry, liveness }) => entry.author !== self && liveness.answeredAt > 0 && liveness.state !== 'down')
    .map(({ entry }) => ({ id: entry.author, weight: 1 }));
  const ranked = rank(self, candidates);
  const welcome = ranked.filter((id) => acquaintances.isWelcome(id));
  const named = welcome.filter((id) => acquaintances.isNamed(id));
  const others = welcome.filter((id) => !acquaintances.isNamed(id));
  return {
    chosen: [...named, ...others].slice(0, MAX_FOLLOWED),
    strangers: ranked.filter((id) => !acquaintances.isWelcome(id)),
  };
}
