import { expect } from 'chai';
import { NONCE_LIFETIME_MS, NonceMemory } from '../../../shared/protocol/nonce-memory.ts';
import { expectRefusal } from '../../helpers/hostile-messages.ts';

const ALICE = 'aa'.repeat(32);
const BOB = 'bb'.repeat(32);
const ONE = '01'.repeat(16);
const TWO = '02'.repeat(16);
const THREE = '03'.repeat(16);

describe('shared/protocol/nonce-memory.ts', () => {
  it('refuses the nonce of an author once more, and takes it from another', () => {
    const nonces = new NonceMemory();
    nonces.remember(ALICE, ONE, 0);
    nonces.remember(BOB, ONE, 0);
    expectRefusal(() => nonces.remember(ALICE, ONE, NONCE_LIFETIME_MS), 'replay');
  });

  it('forgets a nonce after ten minutes, when its call is too old anyway', () => {
    const nonces = new NonceMemory();
    nonces.remember(ALICE, ONE, 0);
    nonces.remember(ALICE, TWO, 1);
    nonces.remember(ALICE, ONE, 600_001);
    expect(nonces.size).to.equal(2);
    expectRefusal(() => nonces.remember(ALICE, TWO, 600_001), 'replay');
  });

  it('keeps what it must when the clock is set back, and is not held up by calls of a clock that was far ahead', () => {
    const nonces = new NonceMemory();
    const ahead = 100 * NONCE_LIFETIME_MS;
    nonces.remember(ALICE, ONE, ahead);
    expectRefusal(() => nonces.remember(ALICE, ONE, ahead - NONCE_LIFETIME_MS), 'replay');
    nonces.remember(ALICE, TWO, 0);
    expect(nonces.size).to.equal(1);
  });

  it('refuses calls for a minute rather than forget one early when it is full', () => {
    const nonces = new NonceMemory(2);
    nonces.remember(ALICE, ONE, 0);
    nonces.remember(ALICE, TWO, 1);
    expect(() => nonces.remember(ALICE, THREE, 2))
      .to.throw()
      .with.include({ code: 'busy', status: 503, retrySeconds: 60 });
    expectRefusal(() => nonces.remember(ALICE, ONE, 2), 'replay');
    nonces.remember(ALICE, THREE, NONCE_LIFETIME_MS + 1);
    expect(nonces.size).to.equal(2);
  });
});
