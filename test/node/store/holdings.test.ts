import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Candidate, type Carrying, Holdings } from '../../../node/store/holdings.ts';
import { NodeStore } from '../../../node/store/node-store.ts';
import { PublicError } from '../../../shared/errors.ts';
import { MAX_CATALOGUE_HASHES } from '../../../shared/protocol/messages/node-messages.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { DAY_MS, hashOf, NOW, plantOf, signerOf } from '../plant-records.ts';

const ALICE = signerOf(1);
const BOB = signerOf(2);
const T = hashOf(1);

class CarryingProbe implements Carrying {
  readonly torrents = new Map<InfoHash, number>();
  readonly room: number;

  constructor(room: number) {
    this.room = room;
  }

  carry(infoHash: InfoHash, downloaded: number): void {
    if (this.torrents.size >= this.room) throw new PublicError('full', 'no room');
    this.torrents.set(infoHash, downloaded);
  }

  drop(infoHash: InfoHash): void {
    this.torrents.delete(infoHash);
  }
}

function build(options: { file?: string; room?: number; maxPlants?: number } = {}) {
  const { file = ':memory:', room = 10_000, maxPlants = 10_000 } = options;
  const store = new NodeStore(file);
  const tracker = new CarryingProbe(room);
  const holdings = new Holdings(store, tracker, { maxPlants });
  const plant = (...candidates: Candidate[]): string[] =>
    holdings.plant(candidates, NOW).map((outcome) => (outcome.status === 'refused' ? outcome.code : outcome.status));
  return { store, tracker, holdings, plant };
}

/** Reads the catalogue from where `reader` stands until the last page. */
function follow(holdings: Holdings, reader: Reader): void {
  for (;;) {
    const delta = holdings.delta(reader.epoch, reader.since);
    if (delta.isReset) reader.catalogue = new Catalogue();
    for (const infoHash of delta.added) reader.catalogue.add(infoHash);
    for (const infoHash of delta.removed) reader.catalogue.remove(infoHash);
    reader.epoch = delta.head.epoch;
    reader.since = delta.next;
    if (delta.isLast) return;
  }
}

class Reader {
  epoch = '0000000000000000';
  since = 0;
  catalogue = new Catalogue();
}

describe('node/store/holdings.ts', () => {
  describe('planting', () => {
    it('carries a planted torrent and says since which change', () => {
      const { holdings, tracker } = build();
      expect(holdings.plant([plantOf(ALICE, T), plantOf(ALICE, hashOf(2))], NOW)).to.deep.equal([
        { status: 'planted', carriedSinceChange: 1 },
        { status: 'planted', carriedSinceChange: 2 },
      ]);
      expect([...tracker.torrents]).to.deep.equal([
        [T, 0],
        [hashOf(2), 0],
      ]);
      expect(holdings.head()).to.include({ change: 2, count: 2, root: new Catalogue([T, hashOf(2)]).root() });
    });

    it('knows the same record, and an older one, from before', () => {
      const { holdings, plant } = build();
      plant(plantOf(ALICE, T));
      expect(plant(plantOf(ALICE, T), plantOf(ALICE, T, { seq: NOW - 1 }))).to.deep.equal(['known', 'known']);
      expect(holdings.head().change).to.equal(1);
    });

    it('carries a torrent once for several planters', () => {
      const { holdings, plant, tracker } = build();
      expect(plant(plantOf(ALICE, T), plantOf(BOB, T))).to.deep.equal(['planted', 'planted']);
      expect(holdings.head()).to.include({ change: 1, count: 1 });
      expect(tracker.torrents.size).to.equal(1);
    });

    it('takes a newer record of the same planter without an allocation, a first one only with it', () => {
      const { plant } = build();
      const objection = 'no-allocation';
      expect(plant({ ...plantOf(ALICE, T), objection })).to.deep.equal([objection]);
      plant(plantOf(ALICE, T));
      expect(plant({ ...plantOf(ALICE, T, { seq: NOW + 1 }), objection })).to.deep.equal(['planted']);
      expect(plant({ ...plantOf(BOB, T), objection })).to.deep.equal([objection]);
    });

    it('refuses as full what exceeds the plants that may be kept', () => {
      const { holdings, plant } = build({ maxPlants: 2 });
      expect(plant(plantOf(ALICE, T), plantOf(BOB, T), plantOf(ALICE, hashOf(2)))).to.deep.equal([
        'planted',
        'planted',
        'full',
      ]);
      expect(holdings.fill).to.equal(1);
      expect(plant(plantOf(ALICE, T, { seq: NOW + 1 }))).to.deep.equal(['planted']);
      expect(holdings.fill).to.equal(1);
    });

    it('refuses as full what the tracker has no room for, and keeps nothing of it', () => {
      const { holdings, plant, store } = build({ room: 1 });
      expect(plant(plantOf(ALICE, T), plantOf(ALICE, hashOf(2)))).to.deep.equal(['planted', 'full']);
      expect(store.plants.count()).to.equal(1);
      expect(holdings.head()).to.include({ change: 1, count: 1 });
    });

    it('keeps nothing of a call that fails in the middle', () => {
      const { holdings, store, tracker } = build();
      const broken = { ...plantOf(ALICE, hashOf(2)), bytes: undefined as unknown as Uint8Array };
      const head = holdings.head();
      expect(() => holdings.plant([plantOf(ALICE, T), broken], NOW)).to.throw();
      expect(holdings.head()).to.deep.equal(head);
      expect(store.plants.count()).to.equal(0);
      expect(tracker.torrents.size).to.equal(0);
      expect(holdings.fill).to.equal(0);
    });
  });

  describe('uprooting', () => {
    const uproot = plantOf(ALICE, T, { copies: 0, seq: NOW + 1 });

    it('drops a torrent that its only planter uproots', () => {
      const { holdings, tracker } = build();
      holdings.plant([plantOf(ALICE, T)], NOW);
      expect(holdings.plant([uproot], NOW)).to.deep.equal([{ status: 'planted', carriedSinceChange: undefined }]);
      expect(tracker.torrents.size).to.equal(0);
      expect(holdings.head()).to.include({ change: 2, count: 0, root: new Catalogue().root() });
    });

    it('carries on while another planter wants the torrent', () => {
      const { plant, tracker } = build();
      plant(plantOf(ALICE, T), plantOf(BOB, T), uproot);
      expect([...tracker.torrents.keys()]).to.deep.equal([T]);
    });

    it('refuses to uproot what that key has not planted, and to replay a plant older than the uproot', () => {
      const { plant } = build();
      plant(plantOf(BOB, T));
      expect(plant(uproot)).to.deep.equal(['not-planted']);
      expect(plant(plantOf(ALICE, T), uproot, uproot, plantOf(ALICE, T))).to.deep.equal([
        'planted',
        'planted',
        'known',
        'uprooted',
      ]);
    });

    it('plants anew with a record newer than the uproot, if there is an allocation', () => {
      const { plant, tracker } = build();
      plant(plantOf(ALICE, T), uproot);
      const again = plantOf(ALICE, T, { seq: NOW + 2 });
      expect(plant({ ...again, objection: 'no-allocation' })).to.deep.equal(['no-allocation']);
      expect(plant(again)).to.deep.equal(['planted']);
      expect([...tracker.torrents.keys()]).to.deep.equal([T]);
    });

    it('carries what one call uproots and plants again', () => {
      const { holdings, plant, tracker } = build();
      plant(plantOf(ALICE, T));
      expect(plant(uproot, plantOf(BOB, T))).to.deep.equal(['planted', 'planted']);
      expect([...tracker.torrents.keys()]).to.deep.equal([T]);
      expect(holdings.head()).to.include({ change: 3, count: 1, root: new Catalogue([T]).root() });
    });
  });

  describe('expiry', () => {
    it('drops a torrent when the last plant of it has expired', () => {
      const { holdings, plant, tracker } = build();
      plant(plantOf(ALICE, T), plantOf(BOB, T, { ttlSeconds: 2 * 86_400 }), plantOf(ALICE, hashOf(2)));
      expect(holdings.expire(NOW + DAY_MS - 1)).to.equal(false);
      expect(tracker.torrents.size).to.equal(2);
      holdings.expire(NOW + DAY_MS);
      expect([...tracker.torrents.keys()]).to.deep.equal([T]);
      holdings.expire(NOW + 2 * DAY_MS);
      expect(tracker.torrents.size).to.equal(0);
      expect(holdings.fill).to.equal(0);
    });

    it('goes on in slices of a thousand', () => {
      const { holdings, plant } = build();
      plant(...Array.from({ length: 1001 }, (_, index) => ({ ...plantOf(ALICE, T), planter: hexId(index) })));
      expect(holdings.expire(NOW + DAY_MS)).to.equal(true);
      expect(holdings.head().count).to.equal(1);
      expect(holdings.expire(NOW + DAY_MS)).to.equal(false);
      expect(holdings.head().count).to.equal(0);
    });
  });

  describe('catalogue', () => {
    it('gives the changes since a number, and the full set to a reader of another epoch', () => {
      const { holdings, plant } = build();
      plant(plantOf(ALICE, hashOf(1)), plantOf(ALICE, hashOf(2)), plantOf(ALICE, hashOf(3)));
      plant(plantOf(ALICE, hashOf(2), { copies: 0, seq: NOW + 1 }));
      const { epoch } = holdings.head();
      expect(holdings.delta(epoch, 1)).to.deep.include({
        isReset: false,
        added: [hashOf(3)],
        removed: [hashOf(2)],
        next: 4,
        isLast: true,
      });
      const full = { isReset: true, added: [hashOf(1), hashOf(3)], removed: [], next: 4, isLast: true };
      expect(holdings.delta('0000000000000000', 2)).to.deep.include(full);
      expect(holdings.delta(epoch, 5)).to.deep.include(full);
      expect(holdings.delta(epoch, 4)).to.deep.include({ isReset: false, added: [], removed: [], next: 4 });
    });

    it('shows a torrent that is carried again to a reader who saw it dropped', () => {
      const { holdings, plant } = build();
      plant(plantOf(ALICE, T), plantOf(ALICE, T, { copies: 0, seq: NOW + 1 }));
      const { epoch, change } = holdings.head();
      plant(plantOf(ALICE, T, { seq: NOW + 2 }));
      expect(holdings.delta(epoch, change)).to.deep.include({ isReset: false, added: [T], removed: [], next: 3 });
    });

    it('pages a large set', () => {
      const { store } = build();
      store.transact(() => {
        for (let index = 0; index <= MAX_CATALOGUE_HASHES; index++) store.torrents.carry(hashOf(index), NOW);
      });
      const holdings = new Holdings(store, new CarryingProbe(10_000), { maxPlants: 10_000 });
      const first = holdings.delta('0000000000000000', 0);
      expect(first).to.include({ isReset: true, isLast: false, next: MAX_CATALOGUE_HASHES });
      expect(first.added).to.have.length(MAX_CATALOGUE_HASHES);
      const second = holdings.delta(first.head.epoch, first.next);
      expect(second).to.deep.include({ isReset: false, isLast: true, added: [hashOf(MAX_CATALOGUE_HASHES)] });
    });

    it('begins a new epoch when it forgets what was dropped', () => {
      const { holdings, plant, store } = build();
      plant(
        plantOf(ALICE, hashOf(1)),
        plantOf(ALICE, hashOf(2)),
        plantOf(ALICE, hashOf(2), { copies: 0, seq: NOW + 1 }),
      );
      const before = holdings.head();
      store.torrents.forgetDropped(1);
      expect(holdings.head()).to.deep.equal(before);
      store.torrents.forgetDropped(0);
      expect(holdings.head().epoch)
        .to.match(/^[0-9a-f]{16}$/)
        .and.not.equal(before.epoch);
      expect(holdings.head()).to.include({ change: before.change, root: before.root });
      expect(holdings.delta(before.epoch, before.change)).to.deep.include({ isReset: true, added: [hashOf(1)] });
    });

    it('has the same root as a reader that applied its deltas, whatever changed in between', () => {
      const step = fc.record({
        planter: fc.constantFrom(ALICE, BOB),
        torrent: fc.integer({ min: 0, max: 2 }),
        kind: fc.constantFrom('plant', 'uproot', 'read', 'forget'),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const { holdings, plant, store, tracker } = build();
          const reader = new Reader();
          for (const [index, { planter, torrent, kind }] of steps.entries()) {
            const seq = NOW + index;
            if (kind === 'plant') plant(plantOf(planter, hashOf(torrent), { seq }));
            else if (kind === 'uproot') plant(plantOf(planter, hashOf(torrent), { seq, copies: 0 }));
            else if (kind === 'read') follow(holdings, reader);
            else store.torrents.forgetDropped(0);
          }
          follow(holdings, reader);
          expect(reader.catalogue.root()).to.equal(holdings.head().root);
          expect([...reader.catalogue.after('')].sort()).to.deep.equal([...tracker.torrents.keys()].sort());
          store.close();
        }),
        { numRuns: 100 },
      );
    });
  });

  describe('a file', () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'anatomic-holdings-'));
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    it('loses nothing when it is closed and opened again', () => {
      const file = join(directory, 'node.sqlite');
      const first = build({ file });
      first.plant(plantOf(ALICE, hashOf(1)), plantOf(ALICE, hashOf(2)), plantOf(BOB, hashOf(3)));
      first.plant(plantOf(ALICE, hashOf(2), { copies: 0, seq: NOW + 1 }));
      first.holdings.saveDownloaded([
        { infoHash: hashOf(3), downloaded: 7 },
        { infoHash: hashOf(9), downloaded: 1 },
      ]);
      const head = first.holdings.head();
      const delta = first.holdings.delta(head.epoch, 2);
      first.store.close();

      const second = build({ file });
      expect(second.holdings.head()).to.deep.equal(head);
      expect(second.holdings.delta(head.epoch, 2)).to.deep.equal(delta);
      expect([...second.tracker.torrents].sort()).to.deep.equal([
        [hashOf(1), 0],
        [hashOf(3), 7],
      ]);
      expect(second.plant(plantOf(ALICE, hashOf(1)), plantOf(ALICE, hashOf(2)))).to.deep.equal(['known', 'uprooted']);
      second.store.close();
    });

    it('keeps the count of downloads of a torrent that was dropped and planted again', () => {
      const { holdings, plant, tracker } = build();
      plant(plantOf(ALICE, T));
      holdings.saveDownloaded([{ infoHash: T, downloaded: 3 }]);
      plant(plantOf(ALICE, T, { copies: 0, seq: NOW + 1 }), plantOf(BOB, T));
      plant(plantOf(BOB, T, { copies: 0, seq: NOW + 1 }), plantOf(ALICE, T, { seq: NOW + 2 }));
      expect(tracker.torrents.get(T)).to.equal(3);
    });

    it('does not open when it holds more than the tracker may', () => {
      const file = join(directory, 'node.sqlite');
      const first = build({ file });
      first.plant(plantOf(ALICE, hashOf(1)), plantOf(ALICE, hashOf(2)));
      first.store.close();
      expect(() => build({ file, room: 1 })).to.throw('no room');
    });
  });

  describe('giving up', () => {
    const HOUR_MS = 3_600_000;

    it('releases what others carry, and takes it again with a new allocation only', () => {
      const { holdings, tracker, plant } = build();
      plant(plantOf(ALICE, T), plantOf(BOB, T));
      expect(holdings.copiesWanted(T)).to.equal(3);
      holdings.release([T, hashOf(2)]);
      expect(holdings.copiesWanted(T)).to.equal(0);
      expect(tracker.torrents.has(T)).to.equal(false);
      expect(holdings.head().count).to.equal(0);
      expect(holdings.fill).to.equal(0);
      expect(plant({ ...plantOf(ALICE, T), objection: 'no-allocation' })).to.deep.equal(['no-allocation']);
      expect(plant(plantOf(ALICE, T))).to.deep.equal(['planted']);
    });

    it('tells what it carries page by page', () => {
      const { holdings, plant } = build();
      const hashes = [1, 2, 3, 4].map(hashOf).sort();
      plant(...hashes.map((infoHash) => plantOf(ALICE, infoHash)));
      expect(holdings.carriedAfter('', 3)).to.deep.equal(hashes.slice(0, 3));
      expect(holdings.carriedAfter(hashes[2]!, 3)).to.deep.equal(hashes.slice(3));
      expect(holdings.carriedAfter(hashes[3]!, 3)).to.deep.equal([]);
    });

    it('keeps an uproot when it releases a torrent', () => {
      const { holdings, plant } = build();
      plant(plantOf(ALICE, T), plantOf(BOB, T));
      plant(plantOf(ALICE, T, { copies: 0, seq: NOW + 1 }));
      holdings.release([T]);
      expect(plant(plantOf(ALICE, T))).to.deep.equal(['uprooted']);
    });

    it('gives up a torrent that nobody has used in time, and refuses the same plants of it', () => {
      const { holdings, tracker, plant } = build();
      const other = hashOf(2);
      plant(plantOf(ALICE, T), plantOf(ALICE, other));
      const isUsed = (infoHash: InfoHash): boolean => infoHash === other;
      holdings.reviewUnused(undefined, isUsed, NOW - HOUR_MS);
      expect([...tracker.torrents.keys()]).to.have.members([T, other]);
      holdings.reviewUnused(undefined, () => false, NOW + 1);
      expect([...tracker.torrents.keys()]).to.deep.equal([other]);
      expect(plant(plantOf(ALICE, T))).to.deep.equal(['unused']);
      expect(plant(plantOf(BOB, T))).to.deep.equal(['planted']);
      expect(plant({ ...plantOf(ALICE, T, { seq: NOW + 2 }), objection: 'no-allocation' })).to.deep.equal([
        'no-allocation',
      ]);
      expect(plant(plantOf(ALICE, T, { seq: NOW + 2 }))).to.deep.equal(['planted']);
    });

    it('remembers no more of those and of uproots than a fifth of its room, so that nobody fills it with what he does not share', () => {
      const { holdings, plant } = build({ maxPlants: 100 });
      const planted = (n: number, changes = {}) => plantOf(ALICE, hashOf(n), { ttlSeconds: 3600 + n, ...changes });
      for (let n = 0; n < 90; n++) plant(planted(n));
      holdings.reviewUnused(undefined, () => false, NOW + 1);
      for (let n = 90; n < 100; n++) plant(planted(n), planted(n, { copies: 0, seq: NOW + 1 }));
      expect(holdings.fill).to.equal(1);
      expect(holdings.expire(NOW)).to.equal(false);
      expect(holdings.fill).to.equal(0.2);
      expect(plant(planted(99), planted(80), planted(79))).to.deep.equal(['uprooted', 'unused', 'planted']);
    });

    it('looks at all unused torrents, some at a time', () => {
      const { holdings, plant } = build();
      const hashes = Array.from({ length: 1100 }, (_, n) => hashOf(n));
      plant(...hashes.map((infoHash) => plantOf(ALICE, infoHash)));
      const seen: InfoHash[] = [];
      let place: Parameters<Holdings['reviewUnused']>[0];
      do {
        place = holdings.reviewUnused(place, (infoHash) => seen.push(infoHash) % 2 === 0, 0);
      } while (place !== undefined);
      expect(seen).to.have.members(hashes);
      expect(seen).to.have.length(hashes.length);
      const unused = new Set<InfoHash>();
      place = undefined;
      do {
        place = holdings.reviewUnused(place, (infoHash) => unused.add(infoHash).size < 0, 0);
      } while (place !== undefined);
      expect(unused.size).to.equal(550);
    });
  });
});

function hexId(number: number): string {
  return number.toString(16).padStart(64, '0');
}
