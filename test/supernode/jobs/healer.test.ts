import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
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

const PASS_MS = 10_000;

describe('supernode/jobs/healer.ts', () => {
  let now: number;
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
  /** What becomes of the receipts that nodes give. */
  let spoil: (receipt: Uint8Array | undefined) => Uint8Array | undefined;

  beforeEach(async () => {
    now = START;
    books = await openBooks({ now: () => START });
    await books.ledger.offer(NODES.map((node) => nodeEntry(node)));
    [due, declined, planted, released] = [[], [], [], []];
    leadership = { isLeading: true };
    refusals = new Map();
    meanwhile = () => undefined;
    spoil = (receipt) => receipt;
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
      if (code !== undefined) return { infoHash, status: 'refused' as const, code };
      const receipt = spoil(receiptEntry(author, infoHash).bytes);
      return { infoHash, status: 'planted' as const, ...(receipt === undefined ? {} : { receipt }) };
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
      clock: { now: () => now },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  const pass = async (): Promise<void> => {
    const healer = start(PASS_MS, 1000);
    now += PASS_MS;
    await healer.runNow();
    await healer.stop();
  };
  /** Since the last look. */
  const countPlanted = (): number => planted.splice(0).flatMap(({ call }) => call.plants).length;
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

  for (const [how, misbehave] of [
    [
      'does not answer',
      () => {
        meanwhile = () => {
          throw new PublicError('unreachable', 'no answer');
        };
      },
    ],
    [
      'gives no receipt',
      () => {
        spoil = () => undefined;
      },
    ],
    [
      'gives a receipt that does not verify',
      () => {
        spoil = (receipt) => receipt?.with(-20, 0);
      },
    ],
    [
      'gives the receipt of another',
      () => {
        spoil = () => receiptEntry(NODES[1], hashOf('0')).bytes;
      },
    ],
  ] as const) {
    it(`passes over a node that ${how}`, async () => {
      const [infoHash = ''] = await have(1, { kind: 'short', keepers: [], targets: [FIRST], isUrgent: false });
      misbehave();
      await pass();
      expect(declined).to.deep.equal([{ infoHash, node: FIRST, isForGood: false }]);
      expect(books.directory.carriers.of(infoHash)).to.deep.equal([]);
    });
  }

  it('asks a node again that is busy', async () => {
    await have(1, { kind: 'short', keepers: [], targets: [FIRST], isUrgent: false });
    meanwhile = () => {
      throw new PublicError('quota', 'too many signatures', { status: 429, retrySeconds: 5 });
    };
    await pass();
    expect(declined).to.deep.equal([]);
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
    for (const intervalMs of [60_000, 15_000]) {
      const healer = start(intervalMs, 2);
      for (let passes = 0; passes < 4; passes++) {
        now += intervalMs;
        await healer.runNow();
        counts.push(countPlanted());
      }
      await healer.stop();
    }
    expect(counts).to.deep.equal([2, 2, 2, 2, 0, 1, 0, 1]);
  });

  it('makes up for a pass that a slow node held up, and for little more', async () => {
    await have(200, { kind: 'short', keepers: [], targets: [FIRST], isUrgent: false });
    const healer = start(1000, 1200);
    const counts: number[] = [];
    for (const waitedMs of [1000, 5000, 3_600_000, -3_600_000, 1000]) {
      now += waitedMs;
      await healer.runNow();
      counts.push(countPlanted());
    }
    await healer.stop();
    expect(counts).to.deep.equal([20, 100, 200, 0, 20]);
  });

  it('leaves what is left for a slow node for another time', async () => {
    await have(3 * MAX_PLANTS_PER_CALL, { kind: 'short', keepers: [], targets: [FIRST], isUrgent: false });
    meanwhile = () => {
      now += 9000;
    };
    await pass();
    expect(countPlanted()).to.equal(2 * MAX_PLANTS_PER_CALL);
    expect(declined).to.deep.equal([]);
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
