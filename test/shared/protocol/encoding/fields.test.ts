import { expect } from 'chai';
import { type BencodedDictionary, BencodeError, decode } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  readBytes,
  readBytesList,
  readDictionary,
  readInteger,
  readList,
  readText,
  readTextList,
} from '../../../../shared/protocol/encoding/fields.ts';

const fields = dictionary(
  'd4:badt2:\xff\xfe4:listl2:ab2:cde5:mixedli1e2:abe6:numberi7e4:sub1ldee4:text5:hallo4:tree1:xe',
);

describe('shared/protocol/encoding/fields.ts', () => {
  it('reads each kind of field', () => {
    expect(readBytes(fields, 'text').toString()).to.equal('hallo');
    expect(readBytes(fields, 'text', 5).length).to.equal(5);
    expect(readText(fields, 'text', 5)).to.equal('hallo');
    expect(readInteger(fields, 'number', 7, 7)).to.equal(7);
    expect(readList(fields, 'list', 2)).to.have.length(2);
    expect(readTextList(fields, 'list', 2, 2)).to.deep.equal(['ab', 'cd']);
    expect(readBytesList(fields, 'list', 2, 2).map(String)).to.deep.equal(['ab', 'cd']);
  });

  it('keeps a byte order mark, so that text and bytes say the same', () => {
    expect(readText(dictionary('d1:a4:\xef\xbb\xbfxe'), 'a', 4)).to.equal('\ufeffx');
  });

  it('names the field that is missing, of another type, too long, too short or out of bounds', () => {
    const refusals: [string, () => unknown][] = [
      ['"none" must be a string of bytes', () => readBytes(fields, 'none')],
      ['"number" must be a string of bytes', () => readBytes(fields, 'number')],
      ['"text" must be 4 bytes long', () => readBytes(fields, 'text', 4)],
      ['"text" must be 6 to 9 bytes long', () => readBytes(fields, 'text', { min: 6, max: 9 })],
      ['"text" must be 0 to 4 bytes long', () => readText(fields, 'text', 4)],
      ['"badt" must be UTF-8 text', () => readText(fields, 'badt', 9)],
      ['"text" must be an integer', () => readInteger(fields, 'text', 0, 9)],
      ['"number" must be between 0 and 6', () => readInteger(fields, 'number', 0, 6)],
      ['"number" must be between 8 and 9', () => readInteger(fields, 'number', 8, 9)],
      ['"text" must be a list', () => readList(fields, 'text', 9)],
      ['"list" must have at most 1 items', () => readList(fields, 'list', 1)],
      ['"mixed" must be a string of bytes', () => readTextList(fields, 'mixed', 2, 2)],
      ['"list" must be 1 bytes long', () => readBytesList(fields, 'list', 2, 1)],
      ['thing must be a dictionary', () => readDictionary(fields.list, 'thing')],
      ['thing must be a dictionary', () => readDictionary(undefined, 'thing')],
    ];
    for (const [message, read] of refusals) expect(read).to.throw(BencodeError, message);
  });

  it('does not take inherited names for fields', () => {
    expect(() => readBytes(fields, 'constructor')).to.throw(BencodeError);
    expect('toString' in fields).to.equal(false);
  });
});

function dictionary(latin1: string): BencodedDictionary {
  return readDictionary(decode(Buffer.from(latin1, 'latin1')), 'test');
}
