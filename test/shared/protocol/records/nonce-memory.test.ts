import { expect } from 'chai';
import { NONCE_LIFETIME_MS, NonceMemory } from '../../../../shared/protocol/records/nonce-memory.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

const ALICE = 'aa'.repeat(32);
const BOB = 'bb'.repeat(32);
const ONE = '01'.repeat(16);
const TWO = '02'.repeat(16);
const THREE = '03'.repeat(16);
const NOW = 1_800_000_000_000;

describe('shared/protocol/records/nonce-memory.ts', () => {
  it('refuses the nonce of an author once more, and takes it from another', () => {
    const nonces = new NonceMemory();
    expect(nonces.remember(ALICE, ONE, NOW, NOW)).to.equal(true);
    expect(nonces.remember(BOB, ONE, NOW, NOW)).to.equal(true);
    expectRefusal(() => nonces.remember(ALICE, ONE, NOW, NOW + NONCE_LIFETIME_MS), 'replay');
  });

  it('forgets a nonce when its call is too old anyway', () => {
    const nonces = new NonceMemory();
    nonces.remember(ALICE, ONE, NOW, NOW);
    nonces.remember(ALICE, TWO, NOW, NOW + 1);
    nonces.remember(ALICE, ONE, NOW, NOW + NONCE_LIFETIME_MS + 1);
    expect(nonces.size).to.equal(2);
    expectRefusal(() => nonces.remember(ALICE, TWO, NOW, NOW + NONCE_LIFETIME_MS + 1), 'replay');
  });

  it('keeps what it must when the clock is set back, and is not held up by calls of a clock that was far ahead', () => {
    const nonces = new NonceMemory();
    const ahead = NOW + 100 * NONCE_LIFETIME_MS;
    nonces.remember(ALICE, ONE, ahead, ahead);
    expectRefusal(() => nonces.remember(ALICE, ONE, ahead, ahead - NONCE_LIFETIME_MS), 'replay');
    nonces.remember(ALICE, TWO, NOW, NOW);
    expect(nonces.size).to.equal(1);
  });

  it('forgets the first when it is full, and takes no call that it may have forgotten', () => {
    const nonces = new NonceMemory(2);
    nonces.remember(ALICE, ONE, NOW + 5, NOW);
    nonces.remember(ALICE, TWO, NOW + 1, NOW + 1);
    expect(nonces.remember(ALICE, THREE, NOW + 2, NOW + 2)).to.equal(true);
    expect(nonces.size).to.equal(2);
    expect(nonces.remember(ALICE, ONE, NOW + 5, NOW + 10)).to.equal(false);
    expect(nonces.remember(BOB, ONE, NOW + 4, NOW + 10)).to.equal(false);
    expectRefusal(() => nonces.remember(ALICE, THREE, NOW + 2, NOW + 10), 'replay');
    expect(nonces.remember(BOB, ONE, NOW + 6, NOW + 10)).to.equal(true);
  });

  it('takes calls that are dated now however many come', () => {
    const nonces = new NonceMemory(100);
    for (let call = 0; call < 1000; call++) {
      expect(nonces.remember(ALICE, call.toString(16).padStart(32, '0'), NOW + call, NOW + call)).to.equal(true);
    }
    expect(nonces.size).to.equal(100);
  });

  it('remembers 100 000 calls', () => {
    const nonces = new NonceMemory();
    for (let call = 0; call <= 100_000; call++) nonces.remember(ALICE, String(call), NOW + 1, NOW);
    expect(nonces.size).to.equal(100_000);
  });

  it('opens the window again when the clock that closed it was far ahead', () => {
    const nonces = new NonceMemory(1);
    const ahead = NOW + 100 * NONCE_LIFETIME_MS;
    for (const nonce of [ONE, TWO]) nonces.remember(ALICE, nonce, ahead, ahead);
    expect(nonces.remember(ALICE, THREE, NOW, NOW)).to.equal(true);
  });
});
