// A tracker at one of its addresses, and the questions that it is asked: never more than a handful.

import type { Resolve } from '../../shared/http/resolve.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { CompactPeer } from '../../shared/protocol/tracker/compact-peers.ts';
import type { RefusalReply } from '../../shared/protocol/tracker/tracker-calls.ts';
import { type AnnounceEvent, EVENT_STARTED, EVENT_STOPPED } from '../../shared/protocol/tracker/tracker-messages.ts';
import { openTracker } from '../tracker/open-tracker.ts';
import { type TrackerAddress, type TrackerClient, TrackerError } from '../tracker/tracker-client.ts';
import { type Finding, fail, pass, remarksOf, warn } from './finding.ts';
import { judgeAnnounce, judgeMeeting } from './judge-announce.ts';
import { ANNOUNCED_AT, judgeScrape, SCRAPED_TORRENTS } from './judge-scrape.ts';
import type { PretendedPeer } from './pretended-peers.ts';

/** What all doors have in common. */
export interface DoorTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: Resolve;
  readonly timeoutMs: number;
  readonly allowNetworks: readonly string[];
  readonly infoHash: InfoHash;
  /** Then a tracker may well refuse it. */
  readonly isRandomHash: boolean;
  readonly numwant: number;
}

interface Asker {
  readonly peer: PretendedPeer;
  readonly client: TrackerClient;
  /** Whether the tracker may have taken the peer in, so that it must be told that it stopped. */
  hasEntered: boolean;
}

/** What this machine lacks, not the tracker. */
const NO_ROAD = ['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'];
/** A leecher: seeders are not told of seeders. */
const LEFT_BYTES = 1;

export class Door {
  readonly url: URL;
  readonly target: TrackerAddress;
  readonly findings: Finding[] = [];
  latencyMs: number | undefined;
  externalAddress: string | undefined;
  /** False when this machine has no road to such addresses. */
  isChecked = true;
  /** The peers given to the second asker when they are all that there are, for comparing doors. */
  peers: readonly CompactPeer[] | undefined;
  readonly #tools: DoorTools;
  readonly #first: Asker;
  readonly #second: Asker;
  #isAnswering = false;

  constructor(url: URL, target: TrackerAddress, peers: readonly [PretendedPeer, PretendedPeer], tools: DoorTools) {
    this.url = url;
    this.target = target;
    this.#tools = tools;
    const ask = (peer: PretendedPeer): Asker => ({
      peer,
      client: openTracker({ url, target, ...tools }),
      hasEntered: false,
    });
    this.#first = ask(peers[0]);
    this.#second = ask(peers[1]);
  }

  /** The port of the peer that other doors may see. */
  get firstPort(): number {
    return this.#first.peer.port;
  }

  /** Announces the first peer. */
  async enter(): Promise<void> {
    const startedAt = this.#tools.clock.now();
    await this.#attempt('announce', fail, async () => {
      const reply = await this.#announce(this.#first, EVENT_STARTED);
      this.latencyMs = this.#tools.clock.now() - startedAt;
      this.#isAnswering = true;
      for (const url of reply.redirects) this.findings.push(pass('redirect', url));
      if (reply.kind === 'refused') return this.#judgeRefusal(reply);
      this.externalAddress = reply.externalAddress;
      this.findings.push(...judgeAnnounce(reply, this.#asked(this.#first, this.latencyMs)));
    });
  }

  /** Announces the second peer, when the first is in. */
  async meet(): Promise<void> {
    if (!this.#isAnswering || !this.#first.hasEntered) return;
    await this.#attempt('meeting', fail, async () => {
      const reply = await this.#announce(this.#second, EVENT_STARTED);
      if (reply.kind === 'refused') {
        this.findings.push(warn('meeting', `a second peer is refused: ${reply.reason}`));
        return;
      }
      this.findings.push(...judgeMeeting(reply, this.#asked(this.#second, 0), this.firstPort));
      const { numwant } = this.#tools;
      if (reply.peers !== undefined && reply.peers.length < numwant) this.peers = reply.peers;
    });
  }

  async scrape(): Promise<void> {
    if (!this.#isAnswering) return;
    const { client, hasEntered } = this.#first;
    const { scrape } = client;
    if (scrape === undefined) {
      this.findings.push(warn('scrape', 'the last part of the path is not "announce", so there is no scrape URL'));
      return;
    }
    await this.#attempt('scrape', warn, async () => {
      const reply = await scrape(this.#scrapeHashes());
      if (reply.kind === 'refused') this.findings.push(warn('scrape', `refused: ${reply.reason}`));
      else this.findings.push(...judgeScrape(reply, hasEntered));
    });
  }

  /** Takes back what was announced, and closes. */
  async leave(): Promise<void> {
    const entered = [this.#first, this.#second].filter(({ hasEntered }) => hasEntered);
    if (entered.length > 0) {
      await this.#attempt('stopped', warn, async () => {
        const replies = await Promise.all(entered.map((asker) => this.#announce(asker, EVENT_STOPPED)));
        const refused = replies.find((reply) => reply.kind === 'refused');
        this.findings.push(
          refused === undefined ? pass('stopped', 'answered') : warn('stopped', `refused: ${refused.reason}`),
        );
      });
    }
    await Promise.all([this.#first.client.close(), this.#second.client.close()]);
  }

  async #announce(asker: Asker, event: AnnounceEvent): ReturnType<TrackerClient['announce']> {
    const { infoHash, numwant } = this.#tools;
    const { peer, client } = asker;
    try {
      const reply = await client.announce({
        ...peer,
        infoHash,
        event,
        uploaded: 0,
        downloaded: 0,
        left: LEFT_BYTES,
        numwant: event === EVENT_STOPPED ? 0 : numwant,
      });
      asker.hasEntered = reply.kind === 'announced' && event !== EVENT_STOPPED;
      return reply;
    } catch (error) {
      asker.hasEntered = error instanceof TrackerError && error.code === 'broken' && event !== EVENT_STOPPED;
      throw error;
    }
  }

  async #attempt(topic: string, judge: typeof fail, question: () => Promise<void>): Promise<void> {
    try {
      await question();
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      this.isChecked = !hasNoRoad(error);
      this.findings.push(
        this.isChecked
          ? judge(topic, error.message)
          : warn(topic, `not checked: this machine has no IPv${this.target.family} connection (${error.message})`),
      );
    }
  }

  #judgeRefusal(reply: RefusalReply): void {
    this.findings.push(...remarksOf('answer', reply));
    const text = `refused: ${reply.reason}`;
    this.findings.push(
      this.#tools.isRandomHash
        ? warn('announce', `${text} (the torrent is random: name one that the tracker knows with --info-hash)`)
        : fail('announce', text),
    );
  }

  #asked({ peer }: Asker, latencyMs: number): Parameters<typeof judgeAnnounce>[1] {
    return { numwant: this.#tools.numwant, port: peer.port, family: this.target.family, latencyMs };
  }

  #scrapeHashes(): InfoHash[] {
    const hashes = Array.from({ length: SCRAPED_TORRENTS }, () => this.#tools.random.bytes(20).toString('hex'));
    hashes[ANNOUNCED_AT] = this.#tools.infoHash;
    return hashes;
  }
}

function hasNoRoad(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && NO_ROAD.includes(String(cause.code))) return true;
  }
  return false;
}
