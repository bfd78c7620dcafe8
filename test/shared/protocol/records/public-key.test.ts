import { expect } from 'chai';
import { PUBLIC_KEY_BYTES, publicKeyFromBytes } from '../../../../shared/protocol/records/public-key.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

const P = 2n ** 255n - 19n;
/** -121665 / 121666, the d of edwards25519 (RFC 8032, section 5.1). */
const D = mod(-121665n * power(121666n, P - 2n));
const SQUARE_ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

describe('shared/protocol/records/public-key.ts', () => {
  it('takes the public key of RFC 8032, section 7.1, test 1', () => {
    const bytes = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    const exported = publicKeyFromBytes(bytes).export({ format: 'der', type: 'spki' });
    expect(exported.subarray(-PUBLIC_KEY_BYTES)).to.deep.equal(bytes);
  });

  it('refuses all points of order 1, 2, 4 and 8, with either sign of x', () => {
    const ys = smallOrderYs();
    expect(ys).to.have.length(5);
    for (const y of ys) {
      expectRefusal(() => publicKeyFromBytes(littleEndian(y)), 'key');
      expectRefusal(() => publicKeyFromBytes(littleEndian(y + 2n ** 255n)), 'key');
    }
  });

  it('refuses a second spelling of a key: y not reduced', () => {
    for (let y = P; y < 2n ** 255n; y++) expectRefusal(() => publicKeyFromBytes(littleEndian(y)), 'key');
  });

  it('refuses every other length', () => {
    for (const length of [0, 31, 33, 64]) expectRefusal(() => publicKeyFromBytes(Buffer.alloc(length, 9)), 'key');
  });

  it('changes none of the bytes that it is given', () => {
    const bytes = Buffer.from(`${'09'.repeat(31)}89`, 'hex');
    publicKeyFromBytes(bytes);
    expect(bytes.toString('hex')).to.equal(`${'09'.repeat(31)}89`);
  });
});

/**
 * 1 and -1 (orders 1 and 2), 0 (order 4), and order 8: those that double to y = (y^2 + x^2) / (2 - y^2 + x^2) = 0 have
 * x^2 = -y^2, so by the curve -x^2 + y^2 = 1 + d x^2 y^2 they have d y^4 + 2 y^2 - 1 = 0.
 */
function smallOrderYs(): bigint[] {
  const ys = [1n, P - 1n, 0n];
  const root = squareRoot(mod(1n + D));
  for (const y2 of [mod((-1n + root) * power(D, P - 2n)), mod((-1n - root) * power(D, P - 2n))]) {
    if (power(y2, (P - 1n) / 2n) !== 1n) continue;
    const y = squareRoot(y2);
    ys.push(y, P - y);
  }
  return ys;
}

function squareRoot(square: bigint): bigint {
  const root = power(square, (P + 3n) / 8n);
  return mod(root * root - square) === 0n ? root : mod(root * SQUARE_ROOT_OF_MINUS_ONE);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * factor);
    factor = mod(factor * factor);
  }
  return result;
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
}

function littleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
