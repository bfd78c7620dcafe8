import { expect } from 'chai';
import fc from 'fast-check';
import {
  type HashRecord,
  InfoHashTable,
  KEEPERS_WORDS,
  USED_BIT,
} from '../../../../shared/protocol/sets/info-hash-table.ts';

const RECORD_WORDS = KEEPERS_WORDS + 1;
const KEEPERS_WORD = KEEPERS_WORDS;
const CAPACITY = 24;
const STEP_RECORDS = 4;

/** A table whose memory comes into use in steps; `steps` says how many there are to be had. */
function makeTable(steps: number, seed = 7): InfoHashTable {
  let taken = 0;
  const memory = {
    words: new Int32Array((1 + CAPACITY) * RECORD_WORDS),
    buckets: new Int32Array(2 * CAPACITY),
    stepRecords: STEP_RECORDS,
    hasRoom: () => taken < steps,
    take: () => void taken++,
  };
  return new InfoHashTable({ recordWords: RECORD_WORDS, capacity: CAPACITY, seed, memory });
}

/** Hashes that differ in one byte alone, whichever it is. */
function hashOf(number: number): Buffer {
  const bytes = Buffer.alloc(22, 0xee);
  bytes[1 + (number % 20)] = number;
  return bytes;
}

function fill(table: InfoHashTable, count: number): HashRecord[] {
  return Array.from({ length: count }, (_, number) => table.add(hashOf(number), 1));
}

describe('shared/protocol/sets/info-hash-table.ts', () => {
  it('holds what a map holds after any additions and removals', () => {
    const steps = fc.array(fc.record({ isAdded: fc.boolean(), number: fc.nat(39) }), { maxLength: 120 });
    fc.assert(
      fc.property(steps, fc.nat(), (changes, seed) => {
        const table = makeTable(CAPACITY / STEP_RECORDS, seed);
        const held = new Map<number, HashRecord>();
        for (const { isAdded, number } of changes) {
          const record = held.get(number);
          if (isAdded && record === undefined && !table.isFull) held.set(number, table.add(hashOf(number), 1));
          if (!isAdded && record !== undefined) {
            table.remove(record);
            held.delete(number);
          }
        }
        expect(table.count).to.equal(held.size);
        expect(table.isFull).to.equal(held.size === CAPACITY);
        for (let number = 0; number < 40; number++) {
          expect(table.find(hashOf(number), 1)).to.equal(held.get(number) ?? 0);
        }
        expect(walk(table)).to.deep.equal([...held.values()].sort((a, b) => a - b));
      }),
    );
  });

  it('tells of a record which hash it is of', () => {
    const table = makeTable(1);
    const record = table.add(Buffer.from('0102030405060708090a0b0c0d0e0f1011121314', 'hex'), 0);
    expect(table.infoHash(record)).to.equal('0102030405060708090a0b0c0d0e0f1011121314');
    expect(table.prefix(record)).to.equal(0x01020304);
    const high = table.add(Buffer.alloc(20, 0xff), 0);
    expect(table.prefix(high)).to.equal(0xffffffff);
    const out = Buffer.alloc(22);
    table.writeInfoHash(high, out, 1);
    expect(out.toString('hex')).to.equal(`00${'ff'.repeat(20)}00`);
  });

  it('gives records of zeroes, those that were used before too', () => {
    const table = makeTable(1);
    const [first] = fill(table, 2);
    table.words[first! + KEEPERS_WORD] = 5;
    table.words[first! + KEEPERS_WORD - 1] = USED_BIT | 6;
    table.remove(first!);
    const again = table.add(hashOf(9), 1);
    expect(again).to.equal(first);
    expect([...table.words.subarray(again + KEEPERS_WORD - 1, again + RECORD_WORDS)]).to.deep.equal([USED_BIT, 0]);
  });

  it('is full when its memory is, and not while a record is free', () => {
    const table = makeTable(2);
    expect(table.isFull).to.equal(false);
    const records = fill(table, 2 * STEP_RECORDS);
    expect(table.isFull).to.equal(true);
    table.remove(records[3]!);
    expect(table.isFull).to.equal(false);
    table.add(hashOf(30), 1);
    expect(table.isFull).to.equal(true);
    expect(makeTable(0).isFull).to.equal(true);
  });

  it('names the record that a search begins with', () => {
    const table = makeTable(CAPACITY / STEP_RECORDS);
    expect(table.first(hashOf(0), 1)).to.equal(0);
    const records = fill(table, CAPACITY);
    for (let number = 0; number < CAPACITY; number++) {
      expect(records).to.include(table.first(hashOf(number), 1));
      expect(table.find(hashOf(number), 1)).to.equal(records[number]);
    }
  });

  it('spreads hashes by a seed that nobody knows', () => {
    const orders = [1, 2].map((seed) => {
      const table = makeTable(CAPACITY / STEP_RECORDS, seed);
      fill(table, CAPACITY);
      return Array.from({ length: CAPACITY }, (_, number) => table.first(hashOf(number), 1)).join();
    });
    expect(orders[0]).not.to.equal(orders[1]);
  });
});

function walk(table: InfoHashTable): HashRecord[] {
  const found: HashRecord[] = [];
  for (let record = table.following(0); record !== 0; record = table.following(record)) {
    if (table.isUsed(record)) found.push(record);
  }
  return found;
}
