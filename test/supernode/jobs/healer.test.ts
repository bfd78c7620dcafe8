import { expect } from 'chai';
import type { Repetition } from '../../../shared/platform/every.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import {
  MAX_PLANTS_PER_CALL,
  type PlantAnswer,
  type PlantCall,
} from '../../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { openPlant } from '../../../supernode/directory/entry.ts';
import type { DueCare } from '../../../supernode/directory/healing.ts';
import type { Care } from '../../../supernode/directory/torrent-care.ts';
import { startHealer } from '../../../supernode/jobs/healer.ts';
import { type Books, openBooks } from '../ledgers.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';

const PLANTER = signer(9);
const NODES = [signer(1), signer(2), signer(3)] as const;
const [FIRST, SECOND, THIRD] = NODES.map(({ id }) => id) as [Id, Id, Id];

describe('supernode/jobs/healer.ts', () => {
  let books: Books;
  let due: DueCare[];
  let leadership: { isLeading: boolean };
  let declined: { infoHash: InfoHash; node: Id; isForGood: boolean }[];
  /** How nodes refuse, by id. */
  let refusals: Map<Id, string>;
  let planted: { node: Id; call: PlantCall }[];
  let released: { node: Id; infoHashes: readonly InfoHash[] }[];
  /** What happens while nodes are called. */
  let meanwhile: () => void;

  beforeEach(async () => {
    books = await openBooks({ now: () => START });
    await books.ledger.offer(NODES.map((node) => nodeEntry(node)));
    [due, declined, planted, released] = [[], [], [], []];
    leadership = { isLeading: true };
    refusals = new Map();
    meanwhile = () => undefined;
  });

  afterEach(() => books.store.close());

  /** Plants torrents here and has each cared for. */
  const have = async (count: number, care: Care): Promise<InfoHash[]> => {
    const hashes = Array.from({ length: count }, (_, number) => hashOf(`${number}`));
    await books.ledger.offer(hashes.map((infoHash) => plantEntry(PLANTER, infoHash)));
    due = hashes.map((infoHash) => ({ infoHash, care }));
    return hashes;
  };

  const plant = async (_url: string, node: Id, call: PlantCall): Promise<PlantAnswer> => {
    planted.push({ node, call });
    meanwhile();
    const author = NODES.find(({ id }) => id === node)!;
    const code = refusals.get(node);
    const items = call.plants.map((bytes) => {
      const { infoHash } = openPlant(bytes, START).statement;
      return code === undefined
        ? { infoHash, status: 'planted' as const, receipt: receiptEntry(author, infoHash).bytes }
        : { infoHash, status: 'refused' as const, code };
    });
    return { items };
  };

  const start = (intervalMs: number, maxPerMinute: number): Repetition =>
    startHealer({
      ...books,
      signer: signer(100),
      healing: {
        next: (_now, max) => due.slice(0, max),
        decline: (infoHash, node, isForGood) => void declined.push({ infoHash, node, isForGood }),
      },
      leadership,
      client: {
        plant,
        release: async (_url, node, { infoHashes }) => {
          released.push({ node, infoHashes });
          return { items: [] };
        },
      },
      intervalMs,
      maxPerMinute,
      clock: { now: () => START },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  const pass = async (): Promise<void> => {
    const healer = start(3_600_000, 1000);
    await healer.runNow();
    await healer.stop();
  };
  const surplus: Care = {
    kind: 'surplus',
    keepers: [FIRST, SECOND],
    extra: [THIRD],
    isUrgent: false,
    isReady: true,
  };

  it('has targets carry what is short, introduces all carriers, and keeps the receipts', async () => {
    const [infoHash = ''] = await have(1, { kind: 'short', keepers: [FIRST], targets: [SECOND], isUrgent: false });
    await pass();
    expect(planted.map(({ node }) => node)).to.deep.equal([SECOND]);
    expect(planted[0]!.call.carriers).to.have.length(2);
    expect(books.directory.carriers.of(infoHash)).to.deep.equal([SECOND]);
  });

  it('notes who declines, and whether for a reason that holds for every node', async () => {
    refusals = new Map([
      [FIRST, 'full'],
      [SECOND, 'unused'],
    ]);
    const [infoHash] = await have(1, { kind: 'short', keepers: [], targets: [FIRST, SECOND], isUrgent: false });
    await pass();
    expect(declined).to.have.deep.members([
      { infoHash, node: FIRST, isForGood: false },
      { infoHash, node: SECOND, isForGood: true },
    ]);
  });

  it('releases carriers too many when every keeper has given a receipt', async () => {
    const [infoHash] = await have(1, surplus);
    await pass();
    expect(released).to.deep.equal([{ node: THIRD, infoHashes: [infoHash] }]);
    refusals = new Map([[SECOND, 'full']]);
    await pass();
    expect(released).to.have.length(1);
  });

  it('asks a node to release no more torrents in one call than it takes', async () => {
    const hashes = await have(2 * MAX_PLANTS_PER_CALL + 1, surplus);
    await pass();
    const counts = released.map(({ infoHashes }) => infoHashes.length);
    expect(counts).to.deep.equal([MAX_PLANTS_PER_CALL, MAX_PLANTS_PER_CALL, 1]);
    expect(released.flatMap(({ infoHashes }) => infoHashes)).to.deep.equal(hashes);
  });

  it('cares for no more torrents in a minute than it may, also when that is less than one in each pass', async () => {
    await have(3, { kind: 'short', keepers: [], targets: [FIRST], isUrgent: false });
    const counts: number[] = [];
    for (const healer of [start(60_000, 2), start(15_000, 2)]) {
      for (let passes = 0; passes < 4; passes++) {
        const before = planted.flatMap(({ call }) => call.plants).length;
        await healer.runNow();
        counts.push(planted.flatMap(({ call }) => call.plants).length - before);
      }
      await healer.stop();
    }
    expect(counts).to.deep.equal([2, 2, 2, 2, 0, 1, 0, 1]);
  });

  it('does nothing while another process leads, and releases nothing once one does', async () => {
    leadership.isLeading = false;
    const [infoHash = ''] = await have(1, surplus);
    await pass();
    expect(planted).to.deep.equal([]);
    leadership.isLeading = true;
    meanwhile = () => {
      leadership.isLeading = false;
    };
    await pass();
    expect(released).to.deep.equal([]);
    expect(books.directory.carriers.of(infoHash)).to.have.members([FIRST, SECOND]);
  });
});
