import { expect } from 'chai';
import { PublicError, UsageError } from '../../../shared/errors.ts';
import {
  formatNamedSupernode,
  namedSupernodesIn,
  parseNamedSupernode,
  readSupernodes,
} from '../../../shared/network/named-supernode.ts';

const ID = 'ab'.repeat(32);
const URL = 'http://192.0.2.1:6970';

describe('shared/network/named-supernode.ts', () => {
  it('reads a base URL, with or without the key of who is to answer', () => {
    expect(parseNamedSupernode(`${URL}/`)).to.deep.equal({ url: URL, id: undefined });
    expect(parseNamedSupernode(`${ID.toUpperCase()}@${URL}`)).to.deep.equal({ url: URL, id: ID });
    expect(parseNamedSupernode('https://a.example')).to.deep.equal({ url: 'https://a.example', id: undefined });
  });

  it('writes what it reads', () => {
    for (const text of [URL, `${ID}@${URL}`]) expect(formatNamedSupernode(parseNamedSupernode(text))).to.equal(text);
  });

  for (const text of [
    '',
    'x',
    `${ID}@`,
    `${ID}@x`,
    `ab@${URL}`,
    `${ID}${URL}`,
    `${URL}/announce`,
    'ftp://a.example',
    'http://a@b.example',
  ]) {
    it(`refuses '${text}'`, () => {
      expect(() => parseNamedSupernode(text)).to.throw(PublicError);
      expect(() => readSupernodes([text])).to.throw(UsageError, `--supernode ${text}: `);
    });
  }

  it('says what stands before an @', () => {
    expect(() => readSupernodes([`ab@${URL}`])).to.throw(UsageError, 'before an @ the 64 hex digits of a key');
  });

  it('leaves out of a list what is no supernode', () => {
    expect(namedSupernodesIn([URL, 7, null, 'x', { URL }, `${ID}@${URL}`])).to.deep.equal([
      { url: URL, id: undefined },
      { url: URL, id: ID },
    ]);
  });

  it('takes no more than are used', () => {
    expect(readSupernodes([URL, URL], 2)).to.have.length(2);
    expect(() => readSupernodes([URL, URL, URL], 2)).to.throw(UsageError, 'given 3 times, at most 2');
  });
});
