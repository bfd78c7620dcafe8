import { expect } from 'chai';
import fc from 'fast-check';
import { createSigner } from '../../../../shared/platform/keys.ts';
import { encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  type Answer,
  type Call,
  ClockError,
  MAX_CALL_AGE_MS,
  MAX_CALL_AHEAD_MS,
  openAnswer,
  openCall,
  sealAnswer,
  sealCall,
} from '../../../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../../../shared/protocol/records/nonce-memory.ts';
import { openRecord } from '../../../../shared/protocol/records/record.ts';
import { expectNoCrash, expectRefusal, hostileVariants } from '../../../helpers/hostile-messages.ts';

const NOW = 1_800_000_000_000;
const NONCE = '6e'.repeat(16);
const caller = createSigner(Buffer.alloc(32, 1));
const receiver = createSigner(Buffer.alloc(32, 2));

function seal(changes: Partial<Call> = {}): Uint8Array {
  const call = { to: receiver.id, path: '/v2/plant', at: NOW, nonce: NONCE, body: Buffer.from('de'), ...changes };
  return sealCall(call, caller);
}

function open(bytes: Uint8Array, nonces = new NonceMemory()) {
  return openCall(bytes, { self: receiver.id, path: '/v2/plant', now: NOW, nonces });
}

function answer(changes: Partial<Answer> = {}): Uint8Array {
  return sealAnswer({ to: caller.id, nonce: NONCE, at: NOW, body: Buffer.from('le'), ...changes }, receiver);
}

function openMine(bytes: Uint8Array): Uint8Array {
  return openAnswer(bytes, { self: caller.id, from: receiver.id, nonce: NONCE });
}

describe('shared/protocol/records/envelope.ts', () => {
  it('writes to, path, at, nonce and body into a record of type call', () => {
    const to = Buffer.from(receiver.id, 'hex').toString('latin1');
    const fields = `2:ati${NOW}e4:body2:de5:nonce16:${'n'.repeat(16)}4:path9:/v2/plant2:to32:${to}`;
    expect(Buffer.from(openRecord(seal(), 'call').payload).toString('latin1')).to.equal(`d${fields}e`);
  });

  it('opens a call with the body as it was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        const opened = open(seal({ body }));
        expect(opened).to.include({ author: caller.id, nonce: NONCE });
        expect(Buffer.from(opened.body).equals(body)).to.equal(true);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a call to somebody else or for another path', () => {
    expectRefusal(() => open(seal({ to: caller.id })), 'recipient');
    expectRefusal(() => open(seal({ path: '/v2/join' })), 'recipient');
  });

  it('takes calls dated five minutes back or ten seconds ahead and no more, and tells the time here when it refuses', () => {
    for (const at of [NOW - MAX_CALL_AGE_MS, NOW + MAX_CALL_AHEAD_MS]) open(seal({ at }));
    for (const at of [0, NOW - MAX_CALL_AGE_MS - 1, NOW + MAX_CALL_AHEAD_MS + 1]) {
      expect(() => open(seal({ at })))
        .to.throw(ClockError)
        .with.include({ code: 'clock', now: NOW });
    }
  });

  it('refuses a call that was received before', () => {
    const nonces = new NonceMemory();
    open(seal(), nonces);
    expectRefusal(() => open(seal(), nonces), 'replay');
    open(seal({ nonce: '00'.repeat(16) }), nonces);
  });

  it('refuses a call for its repetition until it refuses it for its date', () => {
    const nonces = new NonceMemory();
    const bytes = seal({ at: NOW + MAX_CALL_AHEAD_MS });
    open(bytes, nonces);
    const openLater = (ms: number) => openCall(bytes, { self: receiver.id, path: '/v2/plant', now: NOW + ms, nonces });
    expectRefusal(() => openLater(MAX_CALL_AHEAD_MS + MAX_CALL_AGE_MS), 'replay');
    expectRefusal(() => openLater(MAX_CALL_AHEAD_MS + MAX_CALL_AGE_MS + 1), 'clock');
  });

  it('tells the time here to the caller of a call that it may have forgotten', () => {
    const nonces = new NonceMemory(1);
    open(seal(), nonces);
    open(seal({ nonce: '00'.repeat(16), at: NOW + 1 }), nonces);
    expect(() => open(seal(), nonces))
      .to.throw(ClockError)
      .with.include({ code: 'clock', now: NOW });
  });

  it('remembers no nonce of a call that it refuses', () => {
    const nonces = new NonceMemory();
    for (const bad of [seal({ to: caller.id }), seal({ path: '/' }), seal({ at: 0 })]) {
      expect(() => open(bad, nonces)).to.throw();
    }
    expect(nonces.size).to.equal(0);
  });

  it('refuses a call with a bit flipped', () => {
    const bytes = seal();
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => open(flipped)).to.throw();
      }),
    );
  });

  it('refuses a statement or an answer in place of a call', () => {
    expectRefusal(() => open(answer()), 'record');
    expectRefusal(() => openMine(seal()), 'record');
  });

  it('never crashes on envelopes that are cut, or well signed around something else', () => {
    expectNoCrash(open, cuts(seal()));
    expectNoCrash(openMine, cuts(answer()));
    const [callPayload, answerPayload] = [openRecord(seal(), 'call').payload, openRecord(answer(), 'answer').payload];
    for (const payload of hostileVariants(callPayload)) expectNoCrash(open, [resign('call', payload)]);
    for (const payload of hostileVariants(answerPayload)) expectNoCrash(openMine, [resign('answer', payload)]);
  });

  it('opens the answer to its call', () => {
    expect(Buffer.from(openMine(answer())).toString()).to.equal('le');
  });

  it('refuses an answer to somebody else, to another call or of another author', () => {
    expectRefusal(() => openMine(answer({ to: receiver.id })), 'recipient');
    expectRefusal(() => openMine(answer({ nonce: '00'.repeat(16) })), 'recipient');
    const other = { self: caller.id, from: caller.id, nonce: NONCE };
    expectRefusal(() => openAnswer(answer(), other), 'author');
  });
});

function* cuts(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
}

/** Any payload behind a good signature of the right author. */
function resign(type: 'call' | 'answer', payload: Uint8Array): Uint8Array {
  const signer = type === 'call' ? caller : receiver;
  const signature = signer.sign(Buffer.concat([Buffer.from(`anatomic/2 ${type}\n`), payload]));
  return encode({ k: Buffer.from(signer.id, 'hex'), p: payload, s: signature, t: type });
}
