import { isIPv6 } from 'node:net';
import { expect } from 'chai';
import { AccessLists } from '../../node/access/access-lists.ts';
import { GuardedTracker } from '../../node/access/guarded-tracker.ts';
import { NetworkList } from '../../node/access/network-list.ts';
import { type SourceGate, Sources } from '../../node/access/source-gate.ts';
import { TorrentList } from '../../node/access/torrent-list.ts';
import { Woodpeckers } from '../../node/access/woodpeckers.ts';
import type { TrackerDoor } from '../../node/listeners/http-answers.ts';
import type { Tracker } from '../../node/tracker/tracker.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { openHttpDriver } from '../helpers/http-tracker-driver.ts';
import { describeOverIpv6 } from '../helpers/needs.ts';
import { openUdpDriver } from '../helpers/udp-tracker-driver.ts';
import { createTestTracker, describeTrackerBehaviour, type TrackerDriver } from './tracker-behaviour.ts';

const A = 'a0'.repeat(20);
const B = 'b0'.repeat(20);
const random = seededRandom(1);

type Open = (tracker: TrackerDoor, host: string, options: { sources: SourceGate }) => Promise<TrackerDriver>;
interface Door {
  readonly name: string;
  readonly open: Open;
  readonly host: string;
  readonly network: string;
}
const DOORS: readonly Door[] = [
  { name: 'HTTP, IPv4', open: openHttpDriver, host: '127.0.0.1', network: '127.0.0.0/8' },
  { name: 'HTTP, IPv6', open: openHttpDriver, host: '::1', network: '::/64' },
  { name: 'UDP, IPv4', open: openUdpDriver, host: '127.0.0.1', network: '127.0.0.0/8' },
  { name: 'UDP, IPv6', open: openUdpDriver, host: '::1', network: '::/64' },
];

function listOf<List extends TorrentList | NetworkList>(list: List, ...lines: string[]): List {
  for (const line of lines) list.addLine(Buffer.from(line), 0, line.length);
  return list;
}

for (const door of DOORS) {
  if (isIPv6(door.host)) describeOverIpv6('a machine with IPv6', () => describeAccess(door));
  else describeAccess(door);
}

function describeAccess({ name, open, host, network }: Door): void {
  const openLimited = (tracker: Tracker): Promise<TrackerDriver> => {
    const lists = new AccessLists();
    lists.denied = listOf(new TorrentList(1, 1), 'dd'.repeat(20));
    lists.banned = listOf(new NetworkList(1, 1), '192.0.2.0/24');
    const sources = new Sources(lists, { clientRate: 10_000, networkRate: 10_000 }, random);
    return open(new GuardedTracker(tracker, lists, undefined), host, { sources });
  };

  // Nobody reaches a limit: they must not be felt.
  describeTrackerBehaviour(`${name}, with lists and rates`, openLimited);

  describe(`access over ${name}`, () => {
    let lists: AccessLists;
    let driver: TrackerDriver | undefined;

    beforeEach(() => {
      lists = new AccessLists();
    });
    afterEach(() => driver?.close());

    async function start(clientRate = 0): Promise<TrackerDriver> {
      const sources = new Sources(lists, { clientRate, networkRate: 0 }, random);
      const tracker = new GuardedTracker(createTestTracker('open'), lists, new Woodpeckers(900, random));
      driver = await open(tracker, host, { sources });
      return driver;
    }
    const outcome = (door: TrackerDriver, infoHash: string, port = 1): Promise<string> =>
      door.announce({ infoHash, port, left: 1 }).then(
        () => 'served',
        (error: Error) => error.message,
      );

    it('refuses a denied torrent and scrapes zeroes for it, as soon as it is denied', async () => {
      const door = await start();
      expect([await outcome(door, A), await outcome(door, B)]).to.deep.equal(['served', 'served']);
      lists.denied = listOf(new TorrentList(1, 1), A);
      expect([await outcome(door, A), await outcome(door, B)]).to.deep.equal(['torrent not allowed here', 'served']);
      expect((await door.scrape([A, B])).map(({ leechers }) => leechers)).to.deep.equal([0, 1]);
    });

    it('refuses what is not allowed', async () => {
      lists.allowed = listOf(new TorrentList(1, 1), A);
      const door = await start();
      expect([await outcome(door, A), await outcome(door, B)]).to.deep.equal(['served', 'torrent not allowed here']);
    });

    it('refuses an address as soon as its network is banned', async () => {
      const door = await start();
      expect(await outcome(door, A)).to.equal('served');
      lists.banned = listOf(new NetworkList(1, 1), network);
      expect(await outcome(door, A)).to.equal('address not allowed here');
    });

    it('refuses announces and scrapes beyond the rate of an address', async () => {
      const door = await start(4);
      for (let port = 1; port <= 3; port++) expect(await outcome(door, A, port)).to.equal('served');
      await door.scrape([A]);
      expect(await outcome(door, A, 5)).to.equal('too many requests');
    });

    it('gives a woodpecker ever less', async () => {
      const door = await start();
      await outcome(door, A, 2);
      const answers = [];
      for (let i = 0; i < 12; i++) answers.push(await door.announce({ infoHash: A, port: 1, left: 1 }));
      expect(answers.map(({ ports }) => ports.length)).to.deep.equal([...Array(8).fill(1), ...Array(4).fill(0)]);
      expect(answers.at(-1)!.intervalSeconds).to.be.above(3000);
      expect(await outcome(door, A, 1)).to.equal('too many requests');
      expect(await outcome(door, A, 3)).to.equal('served');
    });
  });
}
