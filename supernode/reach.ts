// How others are called: those that the operator named anywhere, those that strangers name at public addresses.

import type { CallerOptions } from '../shared/http/caller.ts';
import type { createGuard, Guard } from '../shared/http/guard.ts';
import { NodeClient } from '../shared/http/node-client.ts';
import { SupernodeClient } from '../shared/http/supernode-client.ts';
import { readSupernodes } from '../shared/network/named-supernode.ts';
import type { SupernodeConfig } from './config.ts';
import type { NewcomersSideParts } from './newcomers-side.ts';
import type { Clients } from './watch-side.ts';

export interface Reach {
  readonly guard: Guard;
  readonly clients: Clients;
  /** Another guard, with the same rules and connections of its own. */
  readonly openGuard: NewcomersSideParts['openGuard'];
}

export function createReach(
  config: SupernodeConfig,
  caller: Omit<CallerOptions, 'guard'>,
  open: typeof createGuard,
): Reach {
  const configuredUrls = readSupernodes(config.supernode).map(({ url }) => url);
  const openGuard: Reach['openGuard'] = (options) =>
    open({ allowNetworks: config.allowNetwork, configuredUrls, ...options });
  const guard = openGuard({});
  const callers = { guard, ...caller };
  return { guard, clients: { node: new NodeClient(callers), supernode: new SupernodeClient(callers) }, openGuard };
}
