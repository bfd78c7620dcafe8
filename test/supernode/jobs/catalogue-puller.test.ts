import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { systemRandom } from '../../../shared/platform/random.ts';
import type { MirrorPage } from '../../../shared/protocol/messages/federation-messages.ts';
import {
  type CatalogueDelta,
  type CatalogueHead,
  MAX_CATALOGUE_HASHES,
} from '../../../shared/protocol/messages/node-messages.ts';
import type { Id, Signer } from '../../../shared/protocol/records/record.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import {
  CataloguePuller,
  FIRST_REST_MS,
  MAX_PULL_MS,
  MAX_PULLS,
  MIRROR_REST_MS,
} from '../../../supernode/jobs/catalogue-puller.ts';
import { Mirrors } from '../../../supernode/jobs/mirrors.ts';
import { until } from '../../helpers/until.ts';
import { EPOCH, hashOf, nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const NODE = signer(1);
const OTHER = signer(2);
const OTHER_ENTRY = supernodeEntry(OTHER);
const HASHES = ['a', 'b', 'c'].map(hashOf);

describe('supernode/jobs/catalogue-puller.ts', () => {
  let now: number;
  let directory: Directory;
  let puller: CataloguePuller;
  let asked: { node: Id; since: number }[];
  let answer: (node: Id, since: number) => Promise<CatalogueDelta>;
  let mirrorAsked: string[];
  let mirror: (place: string) => MirrorPage;

  beforeEach(() => {
    now = START;
    asked = [];
    mirrorAsked = [];
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
      mirrors: new Mirrors({
        witnesses: () => [OTHER.id],
        directory,
        client: {
          mirror: async (_url, _node, place) => {
            mirrorAsked.push(place);
            return mirror(place);
          },
        },
        clock: { now: () => now },
        random: systemRandom,
      }),
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
    puller.heard(NODE.id, head, true);
    await until(() => HASHES.every((infoHash) => directory.carriers.of(infoHash).includes(NODE.id)));
    await settle();
    puller.heard(NODE.id, head, true);
    expect(asked.map(({ since }) => since)).to.deep.equal([0, 2]);
  });

  it('leaves a node alone for longer and longer whose catalogue does not add up', async () => {
    const head = headOf(HASHES);
    answer = async () => pageOf(head, { added: HASHES.slice(1) });
    const pulls: number[] = [];
    for (let second = 0; second < 20; second++) {
      puller.heard(NODE.id, head, true);
      await settle();
      if (asked.splice(0).length > 0) pulls.push(second);
      now += FIRST_REST_MS;
    }
    expect(pulls).to.deep.equal([0, 1, 3, 7, 15]);
    answer = async () => pageOf(head, { added: HASHES });
    now += 60_000;
    puller.heard(NODE.id, head, true);
    await until(() => directory.carriers.of(HASHES[0]!).length === 1);
  });

  it('asks again although the clock was set back', async () => {
    answer = () => Promise.reject(new Error('no answer'));
    puller.heard(NODE.id, headOf(HASHES), true);
    await settle();
    now -= 86_400_000;
    puller.heard(NODE.id, headOf(HASHES), true);
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
      for (const { id } of slow) puller.heard(id, headOf(HASHES), true);
      puller.heard(NODE.id, headOf(HASHES), true);
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

  describe('of a node that only others reach', () => {
    const sorted = [...HASHES].sort();
    const head = headOf(HASHES);
    const hear = (told: CatalogueHead): void => {
      directory.put(OTHER_ENTRY, now);
      directory.note(OTHER_ENTRY, true, now, true);
      puller.heard(NODE.id, told, false);
    };
    const isKnown = (): boolean => HASHES.every((infoHash) => directory.carriers.has(infoHash, NODE.id));
    const pages = (page: Partial<MirrorPage> = {}) => {
      return (place: string): MirrorPage =>
        place === ''
          ? { head, hashes: sorted.slice(0, 2), isLast: false, ...page }
          : { head, hashes: sorted.slice(2), isLast: true };
    };

    it('reads what another supernode has read there, and no more for a while', async () => {
      mirror = pages();
      hear(head);
      await until(isKnown);
      await settle();
      expect(mirrorAsked).to.deep.equal(['', sorted[1]]);
      const grown = headOf([...HASHES, hashOf('d')]);
      hear(grown);
      await settle();
      expect(mirrorAsked).to.have.length(2);
      answer = async () => pageOf(grown, { added: [...HASHES, hashOf('d')] });
      puller.heard(NODE.id, grown, true);
      await until(() => directory.carriers.has(hashOf('d'), NODE.id));
      expect(asked.map(({ since }) => since)).to.deep.equal([HASHES.length]);
      now += MIRROR_REST_MS;
      hear(head);
      await until(() => mirrorAsked.length === 4);
    });

    it('believes nothing that is not what the node has signed', async () => {
      const invented = hashOf('invented');
      const lies: Partial<MirrorPage>[] = [
        { hashes: [...sorted, invented].sort(), isLast: true },
        { hashes: [], isLast: true },
        { hashes: sorted.slice(0, 2), isLast: true },
        { hashes: [] },
        { head: headOf([invented]), hashes: [invented], isLast: true },
      ];
      for (const lie of lies) {
        mirror = pages(lie);
        hear(head);
        await settle();
        expect(directory.carriers.countOf(NODE.id)).to.equal(0);
        now += MIRROR_REST_MS;
      }
      expect(mirrorAsked).to.have.length(lies.length);
      mirror = pages();
      hear(head);
      await until(isKnown);
    });

    it('reads no more from another supernode than the node carries', async () => {
      let number = 0;
      mirror = () => {
        const hashes = [++number, ++number].map((value) => value.toString(16).padStart(40, '0'));
        return { head, hashes, isLast: false };
      };
      hear(head);
      await settle();
      expect(mirrorAsked).to.have.length(2);
      expect(directory.carriers.countOf(NODE.id)).to.equal(0);
    });

    it('tells others what it has read, in pages', async () => {
      const many = Array.from({ length: MAX_CATALOGUE_HASHES + 1 }, (_, number) => hashOf(`torrent ${number}`));
      expect(directory.carriers.mirror(NODE.id, '')).to.equal(undefined);
      answer = async () => pageOf(headOf(many), { added: many });
      puller.heard(NODE.id, headOf(many), true);
      await until(() => directory.carriers.mirror(NODE.id, '') !== undefined);
      const first = directory.carriers.mirror(NODE.id, '')!;
      const second = directory.carriers.mirror(NODE.id, first.hashes.at(-1)!)!;
      expect([first.hashes.length, first.isLast, second.hashes.length, second.isLast]).to.deep.equal([
        MAX_CATALOGUE_HASHES,
        false,
        1,
        true,
      ]);
      expect([...first.hashes, ...second.hashes]).to.deep.equal([...many].sort());
      expect(first.head).to.deep.equal(headOf(many));
    });
  });
});
