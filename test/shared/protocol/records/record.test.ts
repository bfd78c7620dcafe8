import { expect } from 'chai';
import fc from 'fast-check';
import { createSigner } from '../../../../shared/platform/keys.ts';
import { encode, MESSAGE_LIMITS } from '../../../../shared/protocol/encoding/bencoding.ts';
import { MAX_STATEMENT_BYTES, openRecord, signRecord } from '../../../../shared/protocol/records/record.ts';
import { expectNoCrash, expectRefusal, hostileVariants } from '../../../helpers/hostile-messages.ts';

/** RFC 8032, section 7.1, test 1. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const ID = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
/** RFC 8032, section 5.1. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SCALAR_BYTES = 32;

const signer = createSigner(Buffer.from(SEED, 'hex'));
const key = Buffer.from(ID, 'hex');
const payload = encode({ seq: 1 });

function sign(text: string): Uint8Array {
  return signer.sign(Buffer.from(text, 'latin1'));
}

describe('shared/protocol/records/record.ts', () => {
  it('writes k, p, s, t in this order and signs the type with the payload', () => {
    const record = signRecord('plant', { seq: 1 }, signer);
    const signature = Buffer.from(sign('anatomic/2 plant\nd3:seqi1ee')).toString('latin1');
    const text = `d1:k32:${key.toString('latin1')}1:p10:d3:seqi1ee1:s64:${signature}1:t5:plante`;
    expect(Buffer.from(record.bytes).toString('latin1')).to.equal(text);
    expect(record.author).to.equal(ID);
  });

  it('opens what was signed, and keeps the original bytes', () => {
    const { bytes } = signRecord('node', { seq: 1 }, signer);
    const record = openRecord(bytes, 'node');
    expect(record).to.include({ type: 'node', author: ID });
    expect(record.bytes).to.equal(bytes);
    expect(Buffer.from(record.payload)).to.deep.equal(payload);
  });

  it('opens a record of one of several types, and refuses those of any other', () => {
    const { bytes } = signRecord('receipt', { seq: 1 }, signer);
    expect(openRecord(bytes, ['plant', 'receipt']).type).to.equal('receipt');
    expectRefusal(() => openRecord(bytes, 'plant'), 'record');
    expectRefusal(() => openRecord(bytes, ['plant', 'node']), 'record');
    const unknown = encode({ k: key, p: payload, s: sign('anatomic/2 constructor\nd3:seqi1ee'), t: 'constructor' });
    expect(() => openRecord(unknown, ['plant', 'node'])).to.throw('expected a record of type plant or node');
  });

  it('refuses a signature over the payload alone, over another type, or of another key', () => {
    const other = createSigner(Buffer.alloc(32, 7));
    const signatures = [
      sign('d3:seqi1ee'),
      sign('anatomic/2 node\nd3:seqi1ee'),
      sign('anatomic/1 plant\nd3:seqi1ee'),
      other.sign(Buffer.from('anatomic/2 plant\nd3:seqi1ee')),
    ];
    for (const s of signatures) {
      expectRefusal(() => openRecord(encode({ k: key, p: payload, s, t: 'plant' }), 'plant'), 'record');
    }
  });

  it('verifies before it parses: a payload that is not bencoded opens when its signature holds', () => {
    const s = sign('anatomic/2 plant\nnonsense');
    const record = openRecord(encode({ k: key, p: 'nonsense', s, t: 'plant' }), 'plant');
    expect(Buffer.from(record.payload).toString()).to.equal('nonsense');
  });

  it('refuses a signature that holds for a key of small order', () => {
    // With the neutral element as key, R = S B holds for every message; S = 0 makes R neutral too.
    const neutral = Buffer.from(`01${'00'.repeat(31)}`, 'hex');
    const s = Buffer.concat([neutral, Buffer.alloc(32)]);
    expectRefusal(() => openRecord(encode({ k: neutral, p: payload, s, t: 'plant' }), 'plant'), 'key');
  });

  it('refuses the other spelling of a signature, s and the order of the group', () => {
    const { bytes } = signRecord('plant', { seq: 1 }, signer);
    const at = bytes.length - '1:t5:plante'.length - SCALAR_BYTES;
    const scalar = BigInt(
      `0x${Buffer.from(bytes.subarray(at, at + SCALAR_BYTES))
        .reverse()
        .toString('hex')}`,
    );
    const second = (scalar + GROUP_ORDER).toString(16).padStart(2 * SCALAR_BYTES, '0');
    const malleated = Buffer.from(bytes);
    malleated.set(Buffer.from(second, 'hex').reverse(), at);
    expectRefusal(() => openRecord(malleated, 'plant'), 'record');
  });

  it('refuses a member more, which nobody has signed', () => {
    const s = sign('anatomic/2 plant\nd3:seqi1ee');
    expect(openRecord(encode({ k: key, p: payload, s, t: 'plant' }), 'plant').author).to.equal(ID);
    expectRefusal(() => openRecord(encode({ k: key, p: payload, s, t: 'plant', x: 0 }), 'plant'), 'record');
  });

  it('refuses bencoding that is not canonical', () => {
    const text = Buffer.from(signRecord('plant', { seq: 1 }, signer).bytes).toString('latin1');
    const spellings = [`${text}e`, text.replace('1:t5:', '1:t05:'), text.replace('d1:k', 'd01:k')];
    const [k, p] = [`1:k32:${key.toString('latin1')}`, '1:p10:d3:seqi1ee'];
    spellings.push(text.replace(k + p, p + k), text.replace(p, p + p));
    for (const spelling of spellings) {
      expect(spelling).to.not.equal(text);
      expectRefusal(() => openRecord(Buffer.from(spelling, 'latin1'), 'plant'), 'bencoding');
    }
  });

  it('refuses to sign or open a statement above its cap', () => {
    const overhead = signRecord('node', '', signer).bytes.length;
    const fits = 'x'.repeat(MAX_STATEMENT_BYTES - overhead - 6);
    const { bytes } = signRecord('node', fits, signer);
    expect(bytes).to.have.length(MAX_STATEMENT_BYTES);
    expect(openRecord(bytes, 'node').bytes).to.equal(bytes);
    expectRefusal(() => signRecord('node', `${fits}x`, signer), 'record');
    const p = encode(`${fits}x`);
    const s = signer.sign(Buffer.concat([Buffer.from('anatomic/2 node\n'), p]));
    expectRefusal(() => openRecord(encode({ k: key, p, s, t: 'node' }), 'node'), 'record');
  });

  it('caps the other types at 4 KiB (pong), or what one message may be', () => {
    for (const [type, max] of [
      ['pong', 4096],
      ['catalogue', MESSAGE_LIMITS.maxBytes],
      ['call', MESSAGE_LIMITS.maxBytes],
      ['answer', MESSAGE_LIMITS.maxBytes],
    ] as const) {
      const room = max - signRecord(type, '', signer).bytes.length;
      const fits = 'x'.repeat(room - 2 * (String(room).length - 1));
      expect(signRecord(type, fits, signer).bytes.length).to.equal(max);
      expect(openRecord(signRecord(type, fits, signer).bytes, type).type).to.equal(type);
      expectRefusal(() => signRecord(type, `${fits}x`, signer), 'record');
    }
  });

  it('refuses a record with any one bit flipped', () => {
    const { bytes } = signRecord('plant', { seq: 1 }, signer);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openRecord(flipped, 'plant'), `bit ${bit}`).to.throw();
      expectNoCrash((variant) => openRecord(variant, 'plant'), [flipped]);
    }
  });

  it('never crashes, whatever the bytes and at every length', () => {
    expectNoCrash(
      (bytes) => openRecord(bytes, 'plant'),
      hostileVariants(signRecord('plant', { seq: 1 }, signer).bytes),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expectNoCrash((input) => openRecord(input, 'plant'), [bytes])));
  });
});
