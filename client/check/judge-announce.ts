// Judges announce answers by what clients make of them: see BEP 3, 7, 15, 23 and 24.

import { isGlobalUnicast } from '../../shared/protocol/addresses/networks.ts';
import type { AnnounceReply } from '../../shared/protocol/tracker/tracker-calls.ts';
import { type Finding, fail, pass, remarksOf, warn } from './finding.ts';

/** The announce that was answered. */
export interface Asked {
  readonly numwant: number;
  /** The asker's own. */
  readonly port: number;
  readonly family: 4 | 6;
  /** From the question to the end of the answer, connecting included. */
  readonly latencyMs: number;
}

/** Clients give up on a tracker after 10 s and more; those who wait this long have tried the next one. */
const SLOW_MS = 3000;
/** Shorter ones are ignored by the clients in use. */
const SHORT_INTERVAL_SECONDS = 60;
/** What list keepers such as newTrackon take for sound: they list no tracker with another one. */
const [MIN_LISTED_SECONDS, MAX_LISTED_SECONDS] = [300, 10_800];
const UNRESERVED = /^[A-Za-z0-9._~-]*$/;

/** Findings about the answer to the first peer, which has just started and has something left to download. */
export function judgeAnnounce(reply: AnnounceReply, asked: Asked): Finding[] {
  return [
    judgeLatency(asked.latencyMs),
    ...remarksOf('answer', reply),
    ...judgeInterval(reply),
    judgeCounts(reply, 1),
    ...judgePeers(reply, asked),
    ...judgeExternalAddress(reply, asked),
    ...judgeTrackerId(reply),
    ...(reply.warning === undefined ? [] : [warn('message', reply.warning)]),
  ];
}

/** Findings about the answer to the second peer: whether it meets the first, whose port is given. */
export function judgeMeeting(reply: AnnounceReply, asked: Asked, firstPort: number): Finding[] {
  const total = totalOf(reply);
  if (reply.peers === undefined) return total === undefined ? [] : [{ ...judgeCounts(reply, 2), topic: 'meeting' }];
  if (asked.numwant === 0) return [];
  if (reply.peers.some(({ port }) => port === firstPort)) return [pass('meeting', 'a second peer is given the first')];
  if (reply.peers.length >= asked.numwant) {
    return [pass('meeting', `a second peer is given ${reply.peers.length} of a large swarm`)];
  }
  const isCounted = total !== undefined && total >= 2;
  return [isCounted ? warn('meeting', NOT_GIVEN) : fail('meeting', `${NOT_GIVEN}, nor counted`)];
}

const NOT_GIVEN = 'a second peer is not given the first';

function judgeLatency(latencyMs: number): Finding {
  const text = `answered in ${latencyMs} ms`;
  return latencyMs > SLOW_MS ? warn('announce', `${text}, which is slow`) : pass('announce', text);
}

function judgeInterval({ intervalSeconds, minIntervalSeconds, peers }: AnnounceReply): Finding[] {
  if (intervalSeconds === undefined) return [fail('interval', 'there is none')];
  if (intervalSeconds < 1) return [fail('interval', `${intervalSeconds} s: makes clients flood the tracker`)];
  const findings = [judgeLength(intervalSeconds, peers !== undefined)];
  if (minIntervalSeconds === undefined) return findings;
  if (minIntervalSeconds > intervalSeconds) {
    findings.push(warn('interval', `the min interval of ${minIntervalSeconds} s is longer`));
  }
  if (minIntervalSeconds < 0) findings.push(fail('interval', `the min interval is ${minIntervalSeconds} s`));
  return findings;
}

/** Trackers over WebSocket, which give no peers in an answer, are on other lists. */
function judgeLength(intervalSeconds: number, givesPeers: boolean): Finding {
  const text = `${intervalSeconds} s`;
  if (intervalSeconds < SHORT_INTERVAL_SECONDS) return warn('interval', `${text} is short: much load for nothing`);
  const isListed = !givesPeers || (intervalSeconds >= MIN_LISTED_SECONDS && intervalSeconds <= MAX_LISTED_SECONDS);
  if (isListed) return pass('interval', text);
  return warn('interval', `${text}: list keepers want ${MIN_LISTED_SECONDS} to ${MAX_LISTED_SECONDS} s`);
}

/** `entered`: how many of ours are in the swarm. */
function judgeCounts(reply: AnnounceReply, entered: 1 | 2): Finding {
  const { seeders, leechers } = reply;
  const total = totalOf(reply);
  if (total === undefined) return warn('counts', 'how many seeders and leechers there are is not told');
  const text = `seeders ${seeders ?? 'unknown'}, leechers ${leechers ?? 'unknown'}`;
  if ((seeders ?? 0) < 0 || (leechers ?? 0) < 0) return fail('counts', text);
  if (total < entered) return fail('counts', `${text}: ${entered === 1 ? 'the asker is' : 'two askers are'} left out`);
  return pass('counts', text);
}

function totalOf({ seeders, leechers }: AnnounceReply): number | undefined {
  return seeders === undefined && leechers === undefined ? undefined : (seeders ?? 0) + (leechers ?? 0);
}

function judgePeers({ peers, externalAddress }: AnnounceReply, { numwant, port }: Asked): Finding[] {
  if (peers === undefined) return [];
  const v6 = peers.filter(({ address }) => address.includes(':')).length;
  const findings = [pass('peers', `IPv4 ${peers.length - v6}, IPv6 ${v6}`)];
  if (peers.length > numwant) findings.push(warn('peers', `${peers.length} although ${numwant} were asked for`));
  const noPort = peers.filter((peer) => peer.port === 0).length;
  if (noPort > 0) findings.push(warn('peers', `${noPort} with port 0, which nobody can connect to`));
  const isOwn = (peer: { address: string; port: number }): boolean =>
    peer.port === port && (externalAddress === undefined || peer.address === externalAddress);
  if (peers.some(isOwn)) findings.push(warn('peers', 'the asker is given itself'));
  return findings;
}

function judgeExternalAddress({ externalAddress }: AnnounceReply, { family }: Asked): Finding[] {
  if (externalAddress === undefined) return [];
  const told = externalAddress.includes(':') ? 6 : 4;
  if (told !== family) {
    return [warn('external ip', `${externalAddress} is not of the family that was announced over, IPv${family}`)];
  }
  const note = isGlobalUnicast(externalAddress) ? '' : ', not a public address';
  return [pass('external ip', `${externalAddress}${note}`)];
}

function judgeTrackerId({ trackerId }: AnnounceReply): Finding[] {
  if (trackerId === undefined) return [];
  if (UNRESERVED.test(trackerId)) return [pass('tracker id', trackerId)];
  return [fail('tracker id', 'has other characters than A-Z a-z 0-9 . _ ~ -: clients send it back unescaped')];
}
