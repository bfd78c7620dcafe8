import { expect } from 'chai';
import fc from 'fast-check';
import { isKrpcMessage } from '../../../../shared/protocol/dht/krpc.ts';
import { type Bencodable, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { bytesOf, fixtureLines } from '../../../helpers/fixture-lines.ts';

const ID = Buffer.alloc(20, 1);
const HASH = Buffer.alloc(20, 2);
const TOKEN = Buffer.from('token');

describe('shared/protocol/dht/krpc.ts', () => {
  const queries: readonly (readonly [string, { readonly [key: string]: Bencodable }])[] = [
    ['ping', {}],
    ['find_node', { target: HASH }],
    ['get_peers', { info_hash: HASH, want: ['n4'] }],
    ['announce_peer', { info_hash: HASH, token: TOKEN, port: 6970 }],
    ['announce_peer', { info_hash: HASH, token: TOKEN, port: 0, implied_port: 1 }],
  ];
  for (const [q, fields] of queries) {
    it(`takes the query ${q} of BEP 5 (${Object.keys(fields).join(', ')})`, () => {
      expect(isKrpcMessage(encode({ t: 'aa', y: 'q', q, a: { id: ID, ...fields } }))).to.equal(true);
    });
  }

  const responses: readonly { readonly [key: string]: Bencodable }[] = [
    {},
    { nodes: Buffer.alloc(52), token: TOKEN },
    { values: [Buffer.alloc(6), Buffer.alloc(6)], token: TOKEN },
    { nodes6: Buffer.alloc(38), p: 7 },
  ];
  for (const fields of responses) {
    it(`takes a response of BEP 5 (${Object.keys(fields).join(', ')})`, () => {
      expect(isKrpcMessage(response(fields))).to.equal(true);
    });
  }

  it('takes what other clients send beside: a version, the address they see, keys that are not sorted', () => {
    expect(isKrpcMessage(encode({ t: 'a', y: 'r', r: { id: ID }, v: 'LT01', ip: Buffer.alloc(6) }))).to.equal(true);
    expect(isKrpcMessage(Buffer.from(`d1:y1:q1:t2:aa1:q4:ping1:ad2:id20:${'x'.repeat(20)}ee`))).to.equal(true);
    expect(isKrpcMessage(encode({ t: 'aa', y: 'e', e: [203, 'Protocol Error'] }))).to.equal(true);
  });

  const wrong: Readonly<Record<string, Bencodable>> = {
    'no transaction': { y: 'q', q: 'ping', a: { id: ID } },
    'a number for a transaction': { t: 7, y: 'q', q: 'ping', a: { id: ID } },
    'a long transaction': { t: 'a'.repeat(21), y: 'q', q: 'ping', a: { id: ID } },
    'no kind': { t: 'aa', q: 'ping', a: { id: ID } },
    'a dictionary for a kind': { t: 'aa', y: { toString: 'x' }, q: 'ping', a: { id: ID } },
    'an unknown query': { t: 'aa', y: 'q', q: 'put', a: { id: ID, v: 'x', token: TOKEN } },
    'no fields': { t: 'aa', y: 'q', q: 'ping' },
    'a list of fields': { t: 'aa', y: 'q', q: 'ping', a: [] },
    'a short id': { t: 'aa', y: 'q', q: 'ping', a: { id: 'short' } },
    'a number for a target': { t: 'aa', y: 'q', q: 'find_node', a: { id: ID, target: 7 } },
    'a list for a hash': { t: 'aa', y: 'q', q: 'get_peers', a: { id: ID, info_hash: ['x'] } },
    'a long hash': { t: 'aa', y: 'q', q: 'get_peers', a: { id: ID, info_hash: Buffer.alloc(32) } },
    'a number for a token': announce({ token: 7, port: 1 }),
    'a long token': announce({ token: 'x'.repeat(65), port: 1 }),
    'no port': announce({ token: TOKEN }),
    'port 0': announce({ token: TOKEN, port: 0 }),
    'a port too high': announce({ token: TOKEN, port: 65_536 }),
    'a text for a port': announce({ token: TOKEN, port: '80' }),
    'a list for implied_port': announce({ token: TOKEN, port: 80, implied_port: [] }),
    'no response': { t: 'aa', y: 'r' },
    'a text for an error': { t: 'aa', y: 'e', e: 'error' },
    'a dictionary in an error': { t: 'aa', y: 'e', e: [{ toString: 'x' }] },
  };
  for (const [what, message] of Object.entries(wrong)) {
    it(`leaves out a message with ${what}`, () => {
      expect(isKrpcMessage(encode(message))).to.equal(false);
    });
  }

  const wrongFields: readonly { readonly [key: string]: Bencodable }[] = [
    { id: 7 },
    { nodes: Buffer.alloc(25) },
    { nodes: [1] },
    { values: Buffer.alloc(6) },
    { values: 7 },
    { values: [Buffer.alloc(18)] },
    { values: [7] },
    { token: [] },
    { token: '' },
  ];
  for (const fields of wrongFields) {
    it(`leaves out a response with ${JSON.stringify(fields)}`, () => {
      expect(isKrpcMessage(response(fields))).to.equal(false);
    });
  }

  it('leaves out all that is no bencoding', () => {
    for (const [bytes = ''] of fixtureLines('bencoding-invalid.txt')) {
      expect(isKrpcMessage(bytesOf(bytes)), bytes).to.equal(false);
    }
  });

  it('leaves out what is larger than a message is, and never throws', () => {
    expect(isKrpcMessage(encode({ t: 'aa', y: 'r', r: { id: ID, x: 'x'.repeat(2048) } }))).to.equal(false);
    const good = encode({ t: 'aa', y: 'q', q: 'get_peers', a: { id: ID, info_hash: HASH } });
    for (let length = 0; length < good.length; length++) {
      expect(isKrpcMessage(good.subarray(0, length))).to.equal(false);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => !isKrpcMessage(bytes)));
  });
});

function response(fields: { readonly [key: string]: Bencodable }): Buffer {
  return encode({ t: 'aa', y: 'r', r: { id: ID, ...fields } });
}

function announce(fields: { readonly [key: string]: Bencodable }): Bencodable {
  return { t: 'aa', y: 'q', q: 'announce_peer', a: { id: ID, info_hash: HASH, ...fields } };
}
