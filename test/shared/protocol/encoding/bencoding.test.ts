import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Bencodable,
  type Bencoded,
  BencodeError,
  decode,
  encode,
  MESSAGE_LIMITS,
  METAINFO_LIMITS,
  rawMembers,
  rewriteDictionary,
} from '../../../../shared/protocol/encoding/bencoding.ts';
import { bytesOf, fixtureLines } from '../../../helpers/fixture-lines.ts';

const asciiKey = fc.string({ unit: fc.constantFrom(...'abcXYZ 09._-'), maxLength: 6 });
const { value: arbitrary } = fc.letrec<{ value: Bencodable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(asciiKey, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('shared/protocol/encoding/bencoding.ts', () => {
  describe('decode', () => {
    for (const [field, json] of fixtureLines('bencoding-valid.txt')) {
      it(`reads ${field}`, () => {
        expect(plain(decode(bytesOf(field!)))).to.deep.equal(JSON.parse(json!));
      });
    }

    for (const [field, reason] of fixtureLines('bencoding-invalid.txt')) {
      it(`refuses ${field === '' ? 'nothing at all' : field}: ${reason}`, () => {
        expect(() => decode(bytesOf(field!))).to.throw(BencodeError, reason);
      });
    }

    it('gives dictionaries that inherit nothing', () => {
      const value = decode(Buffer.from('d1:ade1:blded0:0:eee'));
      expect(value).to.not.have.property('constructor');
      expect(Object.getPrototypeOf(value)).to.equal(null);
      expect(Object.getPrototypeOf(((value as Record<string, Bencoded>).b as Bencoded[])[1])).to.equal(null);
    });

    it('takes unsorted keys but not the same key twice when it need not be canonical', () => {
      expect(plain(decode(Buffer.from('d1:bi1e1:ai2ee'), METAINFO_LIMITS))).to.deep.equal({ a: 2, b: 1 });
      expect(() => decode(Buffer.from('d1:bi1e1:ai2e1:bi3ee'), METAINFO_LIMITS)).to.throw(BencodeError, 'twice');
    });

    it('refuses more bytes than its limit before it looks at them', () => {
      const limits = { maxBytes: 4, maxDepth: 1, isCanonical: true };
      expect(plain(decode(Buffer.from('2:ab'), limits))).to.equal('ab');
      expect(() => decode(Buffer.from('3:abc'), limits)).to.throw(BencodeError, 'more than 4 bytes');
    });

    it('refuses more values than its limit, wherever they stand', () => {
      const limits = { maxBytes: 100, maxDepth: 3, maxValues: 4, isCanonical: true };
      for (const four of ['l0:0:0:e', 'd1:ai0e1:bi0e1:ci0ee', 'l0:ledee']) {
        expect(() => decode(Buffer.from(four), limits), four).not.to.throw();
      }
      for (const five of ['l0:0:0:0:e', 'd1:ai0e1:bi0e1:ci0e1:di0ee', 'l0:lleedee']) {
        expect(() => decode(Buffer.from(five), limits), five).to.throw(BencodeError, 'more than 4 values');
      }
    });

    it('takes messages of 256 KiB and 8 levels, torrents of 16 MiB and 64 levels', () => {
      for (const [limits, maxBytes, maxDepth] of [
        [MESSAGE_LIMITS, 256 * 1024, 8],
        [METAINFO_LIMITS, 16 * 1024 * 1024, 64],
      ] as const) {
        const lists = (depth: number) => Buffer.from('l'.repeat(depth) + 'e'.repeat(depth));
        const dictionaries = (depth: number) => Buffer.from(`${'d1:a'.repeat(depth)}0:${'e'.repeat(depth)}`);
        const long = (bytes: number) => {
          const head = `${bytes - String(bytes).length - 1}:`;
          return Buffer.concat([Buffer.from(head), Buffer.alloc(bytes - head.length)]);
        };
        expect(long(maxBytes)).to.have.length(maxBytes);
        expect(() => decode(long(maxBytes), limits)).not.to.throw();
        expect(() => decode(long(maxBytes + 1), limits)).to.throw(BencodeError, `more than ${maxBytes} bytes`);
        for (const nested of [lists, dictionaries]) {
          expect(() => decode(nested(maxDepth), limits)).not.to.throw();
          expect(() => decode(nested(maxDepth + 1), limits)).to.throw(BencodeError, `deeper than ${maxDepth}`);
        }
      }
      const values = (count: number) => Buffer.from(`l${'0:'.repeat(count - 1)}e`);
      expect(() => decode(values(16_384))).not.to.throw();
      expect(() => decode(values(16_385))).to.throw(BencodeError, 'more than 16384 values');
    });

    it('refuses nesting that would exhaust the stack', () => {
      const bytes = Buffer.alloc(METAINFO_LIMITS.maxBytes, 'l');
      expect(() => decode(bytes, METAINFO_LIMITS)).to.throw(BencodeError, 'deeper than 64');
    });

    it('refuses every beginning of a message', () => {
      const whole = encode({ a: [1, 'two', { three: new Uint8Array(30) }], z: -5 });
      for (let length = 0; length < whole.length; length++) {
        expect(() => decode(whole.subarray(0, length)), `${length} bytes`).to.throw(BencodeError);
      }
      expect(encode(decode(whole) as Bencodable)).to.deep.equal(whole);
    });

    it('gives back what it reads, or throws a BencodeError, whatever the bytes', () => {
      const soup = fc.array(fc.constantFrom(...'dlie0123456789:-ab'), { maxLength: 30 }).map((units) => units.join(''));
      fc.assert(
        fc.property(
          fc.oneof(
            soup.map((text) => Buffer.from(text)),
            fc.uint8Array({ maxLength: 60 }),
          ),
          (bytes) => {
            const value = attempt(() => decode(bytes));
            if (value !== undefined) expect(encode(value as Bencodable)).to.deep.equal(Buffer.from(bytes));
          },
        ),
        { numRuns: 3000 },
      );
    });
  });

  describe('encode', () => {
    it('survives a round trip', () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const bytes = encode(value);
          expect(encode(decode(bytes) as Bencodable)).to.deep.equal(bytes);
          expect(plain(decode(bytes))).to.deep.equal(plain(value));
        }),
      );
    });

    it('sorts keys and leaves undefined members out', () => {
      expect(encode({ b: 1, a: 'x', c: undefined }).toString()).to.equal('d1:a1:x1:bi1ee');
    });

    it('writes text as UTF-8 and counts its bytes', () => {
      expect(encode('ä€').toString()).to.equal('5:ä€');
    });

    it('writes a view of a larger buffer as the view only', () => {
      expect(encode(Buffer.from('abcdef').subarray(2, 4)).toString()).to.equal('2:cd');
    });

    const inexact = [1.5, 2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY, '\ud800', ['a\udfff']];
    for (const value of [...inexact, 1n, true, null, [undefined], { ä: 1 }]) {
      it(`refuses ${typeof value === 'bigint' ? '1n' : JSON.stringify(value)} (${typeof value})`, () => {
        expect(() => encode(value as Bencodable)).to.throw(BencodeError);
      });
    }
  });

  describe('rawMembers', () => {
    it('gives the encoded values untouched, under keys of one character per byte', () => {
      const members = rawMembers(Buffer.from('d1:\xffi1e4:infod1:bi1e1:ai2eee', 'latin1'), METAINFO_LIMITS);
      expect([...members.keys()]).to.deep.equal(['\xff', 'info']);
      expect(Buffer.from(members.get('info')!).toString()).to.equal('d1:bi1e1:ai2ee');
    });

    it('refuses what is no dictionary, and bytes after it', () => {
      for (const text of ['', 'le', 'i1e', '1:a', 'dee', 'd1:ai1e']) {
        expect(() => rawMembers(Buffer.from(text)), text).to.throw(BencodeError);
      }
    });
  });

  describe('rewriteDictionary', () => {
    it('changes, adds and deletes members and leaves the others byte for byte', () => {
      const bytes = Buffer.from('d1:zi1e4:infod1:bi1e1:ai2ee8:announce3:old1:xlee');
      const rewritten = rewriteDictionary(bytes, { announce: 'new', x: undefined, added: [1] }, METAINFO_LIMITS);
      expect(rewritten.toString()).to.equal('d5:addedli1ee8:announce3:new4:infod1:bi1e1:ai2ee1:zi1ee');
    });

    it('is safe with names that objects inherit', () => {
      const bytes = Buffer.from('d9:__proto__i1e11:constructori2ee');
      expect(rewriteDictionary(bytes, { a: 0 }).toString()).to.equal('d9:__proto__i1e1:ai0e11:constructori2ee');
    });
  });
});

/** Byte strings as latin1 text, so that values can be compared with JSON. */
function plain(value: Bencodable | undefined): unknown {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value === 'string') return Buffer.from(value).toString('latin1');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).to.be.instanceOf(BencodeError);
    return undefined;
  }
}
