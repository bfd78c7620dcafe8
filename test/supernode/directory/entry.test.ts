import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { signRecord } from '../../../shared/protocol/records/record.ts';
import {
  openEntry,
  openMember,
  openPlant,
  openReceipt,
  readUnverified,
  restoreEntry,
} from '../../../supernode/directory/entry.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

const A = hashOf('a');
const AUTHOR = signer(1);
const ALL = [nodeEntry(AUTHOR), supernodeEntry(AUTHOR), plantEntry(AUTHOR, A), receiptEntry(AUTHOR, A)];

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

describe('supernode/directory/entry.ts', () => {
  it('understands every kind of record that a directory keeps, and its own store', () => {
    for (const entry of ALL) {
      expect(openEntry(entry.bytes, START)).to.deep.equal(entry);
      const known = entry.type === 'plant' ? { isPlain: true } : {};
      expect(restoreEntry(entry.type, entry.author, entry.bytes, START)).to.deep.equal({ ...entry, ...known });
      expect(readUnverified(entry.bytes, START)).to.deep.equal(entry);
    }
    expect(ALL.map(({ type, subject }) => [type, subject])).to.deep.equal([
      ['node', ''],
      ['supernode', ''],
      ['plant', A],
      ['receipt', A],
    ]);
  });

  it('reads what does not verify only when asked to, and throws for what is no record', () => {
    const { bytes } = plantEntry(AUTHOR, A);
    const forged = flipped(bytes, bytes.length - 20);
    expect(readUnverified(forged, START)).to.deep.include({ type: 'plant', author: AUTHOR.id, subject: A });
    for (const other of [signRecord('pong', { at: 1 }, AUTHOR).bytes, Buffer.from('de'), Buffer.from('nonsense')]) {
      expect(() => readUnverified(other, START)).to.throw(PublicError);
    }
  });

  it('counts a record until its time to live after its date is over', () => {
    const entry = plantEntry(AUTHOR, A, { ttlSeconds: 60 });
    expect(entry.expiresAt).to.equal(START + 60_000);
    expect(() => openEntry(entry.bytes, START + 60_000)).to.throw(PublicError, 'expired');
  });

  it('does not hold on to the message in which a record came', () => {
    const message = new Uint8Array(100_000);
    message.set(ALL[0]!.bytes, 500);
    const { bytes } = openEntry(message.subarray(500, 500 + ALL[0]!.bytes.length), START);
    expect(bytes.buffer).not.to.equal(message.buffer);
  });

  it('refuses records of which any byte was changed', () => {
    for (const { bytes } of ALL) {
      for (let at = 0; at < bytes.length; at += 7)
        expect(() => openEntry(flipped(bytes, at), START)).to.throw(PublicError);
    }
  });

  it('refuses other kinds of record, and a known kind in the wrong place', () => {
    const pong = signRecord('pong', { a: 1 }, AUTHOR);
    expect(() => openEntry(pong.bytes, START)).to.throw(PublicError);
    expect(() => openMember(plantEntry(AUTHOR, A).bytes, START)).to.throw(PublicError);
    expect(() => openPlant(receiptEntry(AUTHOR, A).bytes, START)).to.throw(PublicError);
    expect(() => openReceipt(plantEntry(AUTHOR, A).bytes, START)).to.throw(PublicError);
  });
});
