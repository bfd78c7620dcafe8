// The door of a supernode: whoever joins, and whoever others tell of, is called before anybody hears of it.

import { PublicError } from '../shared/errors.ts';
import type { Guard, GuardOptions } from '../shared/http/guard.ts';
import { NodeClient } from '../shared/http/node-client.ts';
import { SupernodeClient } from '../shared/http/supernode-client.ts';
import { NetworkSet } from '../shared/protocol/addresses/networks.ts';
import type { Id, Signer } from '../shared/protocol/records/record.ts';
import { Joins } from './api/join.ts';
import type { SupernodeConfig } from './config.ts';
import { Admission } from './directory/admission.ts';
import { Visits } from './directory/visits.ts';
import { WaitingRoom } from './directory/waiting-room.ts';
import type { IndirectProbe } from './jobs/indirect-probe.ts';
import { createMemberCheck, type MemberCheck } from './jobs/member-check.ts';
import { Newcomers } from './jobs/newcomers.ts';
import type { Common } from './watch-side.ts';

export interface NewcomersSideParts {
  readonly common: Omit<Common, 'newcomers'>;
  readonly signer: Signer;
  readonly openGuard: (options: Pick<GuardOptions, 'onResolved'>) => Guard;
  readonly indirect: IndirectProbe;
  /** The supernodes that are followed. */
  readonly witnesses: () => readonly Id[];
}

export interface NewcomersSide {
  readonly joins: Joins;
  readonly newcomers: Newcomers;
  readonly room: WaitingRoom;
  stop(): Promise<void>;
}

/** Begins at once. Joins and what others tell share neither connections nor counts: a flood of one never delays the other. */
export function startNewcomersSide(config: SupernodeConfig, parts: NewcomersSideParts): NewcomersSide {
  const { common, indirect, witnesses } = parts;
  const unhurried = new NetworkSet(config.allowNetwork);
  const admissions = { node: new Admission(), supernode: new Admission() };
  const front = openDoor(unhurried, parts);
  const joins = new Joins({ ...common, ...front, admissions, unhurried });

  const back = openDoor(unhurried, parts);
  const room = new WaitingRoom(back.visits);
  const newcomers = new Newcomers({ ...common, ...back, room, admissions, unhurried, indirect, witnesses });
  const stop = async (): Promise<void> => {
    // Closing the guards ends the calls that are waited for.
    await Promise.all([newcomers.stop(), front.guard.close(), back.guard.close()]);
  };
  return { joins, newcomers, room, stop };
}

interface Door {
  readonly guard: Guard;
  readonly visits: Visits;
  readonly check: MemberCheck;
}

function openDoor(unhurried: NetworkSet, parts: NewcomersSideParts): Door {
  const { common, signer, openGuard } = parts;
  const { clock, random } = common;
  const visits = new Visits(unhurried);
  const guard = openGuard({
    onResolved: (name, addresses) => {
      const retrySeconds = visits.arrive(name, addresses, clock.now());
      if (retrySeconds === 0) return;
      throw new PublicError('busy', `where ${name} leads was called too often lately`, { status: 429, retrySeconds });
    },
  });
  const callers = { guard, signer, clock, random };
  const clients = { node: new NodeClient(callers), supernode: new SupernodeClient(callers) };
  return { guard, visits, check: createMemberCheck({ clients, guard, random }) };
}
