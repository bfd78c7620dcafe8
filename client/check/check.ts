// The whole check: all doors are asked the same question before any is asked the next one, so that answers compare.

import type { Resolve } from '../../shared/http/resolve.ts';
import type { TrackerAddress } from '../tracker/tracker-client.ts';
import { hostOf } from '../tracker/tracker-url.ts';
import { type Compared, compareDoors } from './compare.ts';
import { Door, type DoorTools } from './door.ts';
import { type Finding, fail, hasFailed, pass } from './finding.ts';
import { pretendPeers } from './pretended-peers.ts';

export interface CheckedTracker {
  readonly url: URL;
  /** About the URL as a whole. */
  readonly findings: readonly Finding[];
  /** One per family: the first address of each. */
  readonly doors: readonly Door[];
  readonly isUsable: boolean;
}

export interface CheckResult {
  readonly trackers: readonly CheckedTracker[];
  /** About several doors; empty when there were fewer than two. */
  readonly comparison: readonly Finding[];
}

export interface CheckQuestion {
  readonly urls: readonly URL[];
  readonly families: readonly (4 | 6)[];
}

/** Never throws for what a tracker or a name server does. */
export async function checkTrackers({ urls, families }: CheckQuestion, tools: DoorTools): Promise<CheckResult> {
  const nextPeer = pretendPeers(tools.random);
  const found = await Promise.all(urls.map((url) => resolveTracker(url, families, tools.resolve)));
  const trackers = found.map(({ url, findings, targets }) => ({
    url,
    findings,
    doors: targets.map((target) => new Door(url, target, [nextPeer(), nextPeer()], tools)),
  }));
  const doors = trackers.flatMap((tracker) => tracker.doors);
  try {
    await Promise.all(doors.map((door) => door.enter()));
    await Promise.all(doors.map((door) => door.meet()));
    await Promise.all(doors.map((door) => door.scrape()));
  } finally {
    await Promise.all(doors.map((door) => door.leave()));
  }
  return { trackers: trackers.map(judgeTracker), comparison: compareDoors(doors.map(toCompared)) };
}

/** How a report names a door. */
export function doorName({ url, target }: Door): string {
  return `${url.href} (${target.address})`;
}

interface ResolvedTracker {
  readonly url: URL;
  readonly findings: Finding[];
  readonly targets: readonly TrackerAddress[];
}

async function resolveTracker(url: URL, families: readonly (4 | 6)[], resolve: Resolve): Promise<ResolvedTracker> {
  const host = hostOf(url);
  try {
    const addresses = await resolve(host);
    const targets = families.flatMap((family) => {
      const first = addresses.find((candidate) => candidate.family === family);
      return first === undefined ? [] : [{ address: first.address, family }];
    });
    const list = addresses.map(({ address }) => address).join(', ');
    if (targets.length > 0) return { url, findings: [pass('addresses', list)], targets };
    return { url, findings: [fail('addresses', `none of the family asked for: ${list || 'none at all'}`)], targets };
  } catch (error) {
    return { url, findings: [fail('addresses', resolveFailure(error))], targets: [] };
  }
}

function resolveFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOTFOUND') return 'no such host name';
  return 'code' in error && error.code === 'EAI_AGAIN' ? 'the name server does not answer' : error.message;
}

function judgeTracker({ url, findings, doors }: Omit<CheckedTracker, 'isUsable'>): CheckedTracker {
  const isUnknown = doors.length > 0 && doors.every(({ isChecked }) => !isChecked);
  const all = isUnknown ? [...findings, fail('addresses', 'none can be reached from this machine')] : findings;
  const isUsable = !hasFailed(all) && !doors.some((door) => hasFailed(door.findings));
  return { url, findings: all, doors, isUsable };
}

function toCompared(door: Door): Compared {
  const { target, firstPort, peers, externalAddress } = door;
  return { name: doorName(door), family: target.family, firstPort, peers, externalAddress };
}
