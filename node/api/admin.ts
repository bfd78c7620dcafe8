// What operators may ask of a node under /admin/v1.

import { z } from 'zod';
import { type AdminRoute, adminGet, adminPost } from '../../shared/http/admin.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { ServiceState } from '../../shared/protocol/records/statements.ts';
import type { ListEditor } from '../store/list-editor.ts';
import { type NodeStats, statsDocument } from './stats.ts';

export interface AdminActions {
  readonly stats: () => NodeStats;
  /** The options in effect, without secrets. */
  readonly config: () => object;
  readonly lists: Pick<ListEditor, 'change'>;
  /** Reads again what may have changed on disk; what to tell of it. */
  readonly reload: () => Promise<unknown>;
  readonly origins: { forgetOrigin(id: Id): void; allowOrigin(id: Id): void };
  readonly standing: { readonly state: ServiceState; enter(state: ServiceState): Promise<void> };
}

/** Entries in one call. */
const MAX_ENTRIES = 1000;
const MAX_ENTRY_CHARACTERS = 64;

const entries = z.array(z.string().min(1).max(MAX_ENTRY_CHARACTERS)).min(1).max(MAX_ENTRIES);
const nothing = z.strictObject({});
const networks = z.strictObject({ networks: entries });
const origin = z.strictObject({ node: z.string().regex(/^[0-9a-f]{64}$/) });
const torrents = z.strictObject({ torrents: entries });

export function adminRoutes({ stats, config, lists, reload, origins, standing }: AdminActions): AdminRoute[] {
  /** Answers when the supernodes know. */
  const enter = async (state: ServiceState): Promise<object> => {
    await standing.enter(state);
    return { state: standing.state };
  };
  return [
    adminGet('/stats', 'read', () => statsDocument(stats())),
    adminGet('/config', 'read', config),
    adminPost('/reload', 'access', nothing, reload),
    adminPost('/ban', 'access', networks, (body) => lists.change('banNetworks', { added: body.networks })),
    adminPost('/unban', 'access', networks, (body) => lists.change('banNetworks', { removed: body.networks })),
    adminPost('/allow', 'access', torrents, (body) => lists.change('allowTorrents', { added: body.torrents })),
    adminPost('/disallow', 'access', torrents, (body) => lists.change('allowTorrents', { removed: body.torrents })),
    adminPost('/deny', 'access', torrents, (body) => lists.change('denyTorrents', { added: body.torrents })),
    adminPost('/undeny', 'access', torrents, (body) => lists.change('denyTorrents', { removed: body.torrents })),
    adminPost('/forget-origin', 'peers', origin, (body) => origins.forgetOrigin(body.node)),
    adminPost('/allow-origin', 'peers', origin, (body) => origins.allowOrigin(body.node)),
    adminPost('/drain', 'lifecycle', nothing, () => enter('draining')),
    adminPost('/resume', 'lifecycle', nothing, () => enter('open')),
  ];
}
