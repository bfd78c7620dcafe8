import { expect } from 'chai';
import { decode, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../../../shared/protocol/encoding/fields.ts';
import {
  packHashes,
  packIds,
  parseBaseUrl,
  readBaseUrls,
  readChoice,
  readFlag,
  readHashes,
  readHex,
  readIds,
} from '../../../../shared/protocol/records/message-fields.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

function fieldsOf(text: string) {
  return readDictionary(decode(Buffer.from(text, 'latin1')), 'test');
}

describe('shared/protocol/records/message-fields.ts', () => {
  it('reads bytes of an exact length as hex', () => {
    expect(readHex(fieldsOf('d1:a2:\xabce'), 'a', 2)).to.equal('ab63');
    expectRefusal(() => readHex(fieldsOf('d1:a2:\xabce'), 'a', 3), 'bencoding');
  });

  it('reads 0 and 1 as a flag and nothing else', () => {
    expect(readFlag(fieldsOf('d1:ai1ee'), 'a')).to.equal(true);
    expect(readFlag(fieldsOf('d1:ai0ee'), 'a')).to.equal(false);
    for (const text of ['d1:ai2ee', 'd1:a1:1e', 'de']) expectRefusal(() => readFlag(fieldsOf(text), 'a'), 'bencoding');
  });

  it('reads one of a few words, and names them when it is none', () => {
    expect(readChoice(fieldsOf('d1:a2:upe'), 'a', ['up', 'down'])).to.equal('up');
    expect(() => readChoice(fieldsOf('d1:a4:lefte'), 'a', ['up', 'down'])).to.throw('"a" must be one of up, down');
  });

  it('packs hashes and ids without separators', () => {
    const hashes = ['0a'.repeat(20), 'ff'.repeat(20)];
    expect(packHashes(hashes).toString('hex')).to.equal(hashes.join(''));
    const fields = readDictionary(decode(encode({ h: packHashes(hashes), i: packIds(['0b'.repeat(32)]) })), 'test');
    expect(readHashes(fields, 'h', 2)).to.deep.equal(hashes);
    expect(readIds(fields, 'i', 1)).to.deep.equal(['0b'.repeat(32)]);
    expectRefusal(() => readHashes(fields, 'h', 1), 'bencoding');
    expectRefusal(() => readHashes(fields, 'i', 2), 'bencoding');
    expect(readHashes(fieldsOf('d1:h0:e'), 'h', 2)).to.deep.equal([]);
  });

  it('takes an origin as base URL, with or without the last slash', () => {
    expect(parseBaseUrl('http://192.0.2.1:6969')).to.equal('http://192.0.2.1:6969');
    expect(parseBaseUrl('http://[2001:db8::1]:6969/')).to.equal('http://[2001:db8::1]:6969');
    expect(parseBaseUrl('https://Tracker.example:443/')).to.equal('https://tracker.example');
  });

  it('refuses base URLs that say more, less or something else', () => {
    const bad = [
      '',
      'tracker.example',
      'udp://tracker.example:6969',
      'ftp://tracker.example',
      'javascript:alert(1)',
      'http://user@tracker.example',
      'http://user:secret@tracker.example',
      'http://tracker.example/announce',
      'http://tracker.example/?a',
      'http://tracker.example/#a',
      'http://',
      'http://tracker.example:0',
      `http://${'a'.repeat(200)}`,
    ];
    for (const text of bad) expectRefusal(() => parseBaseUrl(text), 'url');
  });

  it('takes base URLs of 200 bytes and no more', () => {
    const sized = (length: number) => `http://${'a.'.repeat(length).slice(0, length - 8)}b`;
    expect(parseBaseUrl(sized(200))).to.have.length(200);
    expectRefusal(() => parseBaseUrl(sized(201)), 'url');
    const listed = (length: number) => fieldsOf(`d1:ul${length}:${sized(length)}ee`);
    expect(readBaseUrls(listed(200), 'u', 1)).to.deep.equal([sized(200)]);
    expectRefusal(() => readBaseUrls(listed(201), 'u', 1), 'bencoding');
  });

  it('reads base URLs in one spelling only, and at least one', () => {
    expect(readBaseUrls(fieldsOf('d1:ul16:http://a.exampleee'), 'u', 3)).to.deep.equal(['http://a.example']);
    for (const text of [
      'd1:ulee',
      'd1:ul18:http://a.example:0ee',
      'd1:ul17:http://a.example/ee',
      'd1:ul16:http://A.exampleee',
      'd1:ul1:aee',
    ]) {
      const fields = fieldsOf(text);
      expectRefusal(() => readBaseUrls(fields, 'u', 3), 'bencoding');
    }
  });
});
