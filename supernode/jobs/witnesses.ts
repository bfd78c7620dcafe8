// The supernodes that are asked about nodes: those whose word counts, as long as they answer.

import type { Clock } from '../../shared/platform/clock.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Directory } from '../directory/directory.ts';
import type { SupernodeEntry } from '../directory/entry.ts';
import { isTrusted } from '../directory/liveness.ts';
import type { Member } from '../directory/registry.ts';

export interface WitnessOptions {
  /** The supernodes whose word counts. */
  readonly witnesses: () => readonly Id[];
  readonly directory: Directory;
  readonly clock: Clock;
}

/** In no order. */
export function trustedWitnesses({ witnesses, directory, clock }: WitnessOptions): Member<SupernodeEntry>[] {
  const now = clock.now();
  return witnesses()
    .map((id) => directory.supernodes.get(id))
    .filter((member) => member !== undefined)
    .filter(({ liveness }) => isTrusted(liveness, now));
}
