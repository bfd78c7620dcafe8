import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import type { CatalogueDelta, CatalogueHead } from '../../../shared/protocol/messages/node-messages.ts';
import type { Id, Signer } from '../../../shared/protocol/records/record.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { CataloguePuller, FIRST_REST_MS, MAX_PULL_MS, MAX_PULLS } from '../../../supernode/jobs/catalogue-puller.ts';
import { until } from '../../helpers/until.ts';
import { EPOCH, hashOf, nodeEntry, START, signer } from '../records.ts';

const NODE = signer(1);
const HASHES = ['a', 'b', 'c'].map(hashOf);

describe('supernode/jobs/catalogue-puller.ts', () => {
  let now: number;
  let directory: Directory;
  let puller: CataloguePuller;
  let asked: { node: Id; since: number }[];
  let answer: (node: Id, since: number) => Promise<CatalogueDelta>;

  beforeEach(() => {
    now = START;
    asked = [];
    directory = new Directory(DIRECTORY_LIMITS);
    directory.put(nodeEntry(NODE), now);
    puller = new CataloguePuller({
      directory,
      client: {
        catalogue: (_url, node, { since }) => {
          asked.push({ node, since });
          return answer(node, since);
        },
      },
      clock: { now: () => now },
      log: createLog({ level: 'silent', role: 'test' }),
    });
  });
  afterEach(() => puller.stop());

  const headOf = (hashes: readonly InfoHash[]): CatalogueHead => {
    const catalogue = new Catalogue();
    for (const infoHash of hashes) catalogue.add(infoHash);
    return { epoch: EPOCH, change: hashes.length, count: hashes.length, root: catalogue.root() };
  };
  const pageOf = (head: CatalogueHead, changes: Partial<CatalogueDelta> = {}): CatalogueDelta => {
    return { head, isReset: true, added: [], removed: [], next: head.change, isLast: true, ...changes };
  };
  /** Some turns of the event loop: more than a pull needs that is not kept waiting. */
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  const nodes = (count: number): Signer[] => {
    const all = Array.from({ length: count }, (_, number) => signer(10 + number));
    for (const author of all) directory.put(nodeEntry(author), now);
    return all;
  };

  it('reads a catalogue page by page, and then no more', async () => {
    const head = headOf(HASHES);
    answer = async (_node, since) =>
      since === 0
        ? pageOf(head, { added: HASHES.slice(0, 2), next: 2, isLast: false })
        : pageOf(head, { isReset: false, added: HASHES.slice(2) });
    puller.heard(NODE.id, head);
    await until(() => HASHES.every((infoHash) => directory.carriers.of(infoHash).includes(NODE.id)));
    await settle();
    puller.heard(NODE.id, head);
    expect(asked.map(({ since }) => since)).to.deep.equal([0, 2]);
  });

  it('leaves a node alone for longer and longer whose catalogue does not add up', async () => {
    const head = headOf(HASHES);
    answer = async () => pageOf(head, { added: HASHES.slice(1) });
    const pulls: number[] = [];
    for (let second = 0; second < 20; second++) {
      puller.heard(NODE.id, head);
      await settle();
      if (asked.splice(0).length > 0) pulls.push(second);
      now += FIRST_REST_MS;
    }
    expect(pulls).to.deep.equal([0, 1, 3, 7, 15]);
    answer = async () => pageOf(head, { added: HASHES });
    now += 60_000;
    puller.heard(NODE.id, head);
    await until(() => directory.carriers.of(HASHES[0]!).length === 1);
  });

  it('asks again although the clock was set back', async () => {
    answer = () => Promise.reject(new Error('no answer'));
    puller.heard(NODE.id, headOf(HASHES));
    await settle();
    now -= 86_400_000;
    puller.heard(NODE.id, headOf(HASHES));
    expect(asked).to.have.length(2);
  });

  it('gives up on a node that takes its time over endless pages, so that others have their turn', async () => {
    const slow = nodes(MAX_PULLS);
    const pages: (() => void)[] = [];
    answer = (node, since) =>
      new Promise((resolve) => {
        const head = { ...headOf(HASHES), change: since + 1 };
        if (node === NODE.id) resolve(pageOf(headOf(HASHES), { added: HASHES }));
        else pages.push(() => resolve(pageOf(head, { isReset: false, next: since + 1, isLast: false })));
      });
    const talk = (): void => {
      for (const { id } of slow) puller.heard(id, headOf(HASHES));
      puller.heard(NODE.id, headOf(HASHES));
    };
    talk();
    for (let waitedMs = 0; waitedMs <= MAX_PULL_MS; waitedMs += 10_000) {
      expect(asked.some(({ node }) => node === NODE.id)).to.equal(false);
      now += 10_000;
      for (const page of pages.splice(0)) page();
      await settle();
    }
    talk();
    await until(() => directory.carriers.of(HASHES[0]!).includes(NODE.id));
    for (const page of pages.splice(0)) page();
  });
});
