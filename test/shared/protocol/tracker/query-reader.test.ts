import { expect } from 'chai';
import fc from 'fast-check';
import { nameBytes, QueryReader } from '../../../../shared/protocol/tracker/query-reader.ts';

const reader = new QueryReader();

function open(query: string): void {
  const bytes = Buffer.from(`?${query} HTTP/1.1`, 'latin1');
  reader.reset(bytes, 1, 1 + query.length);
}

function names(query: string): string[] {
  open(query);
  const known = ['a', 'bc', 'info_hash', ''];
  const found: string[] = [];
  for (let isMore = reader.first(); isMore; isMore = reader.next()) {
    const name = known.find((text) => text.length === reader.nameLength && reader.isNamed(nameBytes(text)));
    found.push(name ?? `other:${reader.nameLength}`);
  }
  return found;
}

function binary(value: string, room: number): string | number {
  open(`a=${value}&b=1`);
  reader.first();
  const into = Buffer.alloc(room);
  const length = reader.readBinary(into);
  return length < 0 ? length : into.toString('hex', 0, length);
}

function decimal(value: string): number {
  open(`a=${value}&b=1`);
  reader.first();
  return reader.readDecimal();
}

describe('shared/protocol/tracker/query-reader.ts', () => {
  it('finds names in order, with and without values', () => {
    expect(names('a=1&bc=&info_hash=x&zz')).to.deep.equal(['a', 'bc', 'info_hash', 'other:2']);
  });

  it('finds nothing in an empty query, and empty names between ampersands', () => {
    expect(names('')).to.deep.equal([]);
    expect(names('&a&&bc=1&')).to.deep.equal(['', 'a', '', 'bc']);
  });

  it('takes everything behind the first equals sign as value', () => {
    expect(binary('x=y=z', 8)).to.equal(Buffer.from('x=y=z').toString('hex'));
  });

  it('unescapes upper and lower case, and keeps plus signs and unescaped bytes', () => {
    expect(binary('%fF%00+/[]:\xe4', 20)).to.equal('ff002b2f5b5d3ae4');
  });

  it('refuses broken escapes, also where the query ends within one', () => {
    for (const value of ['%', '%a', '%g0', '%0g', '%%41']) expect(binary(value, 20), value).to.equal(-1);
    open('a=%4');
    reader.first();
    expect(reader.readBinary(Buffer.alloc(4))).to.equal(-1);
  });

  it('refuses a value longer than its room, and goes on behind it', () => {
    expect(binary('abcd', 4)).to.equal('61626364');
    expect(binary('abcde', 4)).to.equal(-1);
    expect(reader.next()).to.equal(true);
    expect(reader.readDecimal()).to.equal(1);
  });

  it('reads decimal numbers of any size', () => {
    expect(decimal('0')).to.equal(0);
    expect(decimal('-1')).to.equal(-1);
    expect(Object.is(decimal('-0'), 0)).to.equal(true);
    expect(decimal('007')).to.equal(7);
    expect(decimal('9007199254740991')).to.equal(Number.MAX_SAFE_INTEGER);
    expect(decimal('9223372036854775807')).to.be.closeTo(2 ** 63, 4096);
    expect(decimal('9'.repeat(400))).to.equal(Number.POSITIVE_INFINITY);
  });

  it('reads anything else as NaN', () => {
    for (const value of ['', '-', '+1', '1x', 'x', '1.5', '0x10', '1e3', ' 1', '%31']) {
      expect(decimal(value), value).to.be.NaN;
    }
  });

  it('reads nothing behind the end', () => {
    const letters = fc.array(fc.constantFrom(...'&=%%-aF1'), { maxLength: 4 }).map((characters) => characters.join(''));
    const query = fc.tuple(fc.constantFrom('', 'a=', 'a=1&b='), letters).map(([start, rest]) => start + rest);
    const into = Buffer.alloc(4);
    const readAll = (bytes: Buffer, end: number): unknown[] => {
      const found: unknown[] = [];
      reader.reset(bytes, 0, end);
      for (let isMore = reader.first(); isMore; isMore = reader.next()) {
        const length = reader.readBinary(into);
        found.push(reader.nameLength, length, into.toString('hex', 0, Math.max(0, length)));
      }
      reader.reset(bytes, 0, end);
      for (let isMore = reader.first(); isMore; isMore = reader.next()) found.push(reader.readDecimal());
      return found;
    };
    fc.assert(
      fc.property(query, letters, (text, behind) => {
        const alone = readAll(Buffer.from(text), text.length);
        expect(readAll(Buffer.from(text + behind), text.length)).to.deep.equal(alone);
      }),
      { numRuns: 500 },
    );
  });

  it('terminates on any bytes', () => {
    const into = Buffer.alloc(20);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        reader.reset(bytes, 0, bytes.length);
        let steps = 0;
        for (let isMore = reader.first(); isMore; isMore = reader.next()) {
          if (steps++ % 2 === 0) reader.readBinary(into);
          else reader.readDecimal();
        }
        expect(steps).to.be.at.most(bytes.length);
      }),
    );
  });
});
