// The standing of torrents, for people or for programs.

import { countOf, formatTime } from '../../shared/platform/amounts.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { CarrierStatus, PlanterStatus, TorrentStatus } from './status.ts';

/** Supernodes hear of it from the nodes, a little later. */
const NOBODY = 'nobody wants it carried any longer: it was uprooted or has lapsed';

const REMEDY = ' (anatomic announce-list writes the list anew)';

/** `now` is unix ms. */
export function statusText(status: TorrentStatus, now: number): string {
  const { torrent, name, hashes, carriers, planters, missingCopies, staleTrackers } = status;
  const rows = [
    ...hashes.map((hash) => row('info hash', hash)),
    ...carriers.map((carrier) => row('carrier', carrierText(carrier))),
    ...planters.map((planter) => row('planter', planterText(planter, now))),
    ...(carriers.length > 0 && planters.length === 0 ? [row('planter', NOBODY)] : []),
    ...(carriers.length === 0 ? [row('missing', 'nobody is known to carry it: anatomic plant plants it')] : []),
    ...(carriers.length > 0 && missingCopies > 0 ? [row('missing', countOf(missingCopies, 'copy'))] : []),
    ...staleTrackers.map((tracker) => row('stale', `${tracker}${carriers.length === 0 ? '' : REMEDY}`)),
  ];
  return `${printable(name ?? torrent)}\n${rows.join('')}`;
}

export function statusJson(
  statuses: readonly (TorrentStatus | { readonly torrent: string; readonly error: string })[],
) {
  return `${JSON.stringify({ torrents: statuses }, null, 2)}\n`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${printable(text)}\n`;
}

function carrierText({ url, state, seeders, leechers, downloaded, failure }: CarrierStatus): string {
  const counts =
    failure === undefined
      ? `${countOf(seeders ?? 0, 'seeder')}, ${countOf(leechers ?? 0, 'leecher')}, ${countOf(downloaded ?? 0, 'download')}`
      : failure;
  return `${url}  ${state}  ${counts}`;
}

function planterText({ id, copies, plantedAt, lapsesAt }: PlanterStatus, now: number): string {
  const age = formatTime(Math.max(0, now - plantedAt) / 1000);
  const rest = formatTime(Math.max(0, lapsesAt - now) / 1000);
  return `${id.slice(0, 16)}  wants ${countOf(copies, 'copy')}, planted ${age} ago, lapses in ${rest}`;
}
