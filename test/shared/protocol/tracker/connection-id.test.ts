import { expect } from 'chai';
import { ConnectionIds, LENIENT_CONNECTION_ID_SECONDS } from '../../../../shared/protocol/tracker/connection-id.ts';

const SECRET = Buffer.alloc(16, 7);
const ADDRESS = Buffer.from('c0000201'.padEnd(32, '0'), 'hex');
const ADDRESS_V6 = Buffer.from('20010db8000000000000000000000001', 'hex');
const NOW = 1_800_000_000;

function idAt(seconds: number, secret: Buffer = SECRET): Buffer {
  const id = Buffer.alloc(8);
  new ConnectionIds(secret).write(ADDRESS, 4, seconds, id, 0);
  return id;
}

describe('shared/protocol/tracker/connection-id.ts', () => {
  const ids = new ConnectionIds(SECRET);

  it('accepts an id for two minutes (BEP 15), not a second longer', () => {
    const id = idAt(NOW);
    for (const age of [0, 1, 60, 119, 120]) expect(ids.isValid(ADDRESS, 4, NOW + age, id, 0), `${age}`).to.equal(true);
    for (const age of [121, 240, 7200, 65_536, 65_536 * 2]) {
      expect(ids.isValid(ADDRESS, 4, NOW + age, id, 0), `${age}`).to.equal(false);
    }
  });

  it('accepts an id of a clock up to two seconds ahead', () => {
    const id = idAt(NOW);
    expect(ids.isValid(ADDRESS, 4, NOW - 1, id, 0)).to.equal(true);
    expect(ids.isValid(ADDRESS, 4, NOW - 2, id, 0)).to.equal(true);
    expect(ids.isValid(ADDRESS, 4, NOW - 3, id, 0)).to.equal(false);
  });

  it('accepts an id for two hours in the lenient mode', () => {
    const lenient = new ConnectionIds(SECRET, LENIENT_CONNECTION_ID_SECONDS);
    expect(lenient.isValid(ADDRESS, 4, NOW + 7200, idAt(NOW), 0)).to.equal(true);
    expect(lenient.isValid(ADDRESS, 4, NOW + 7201, idAt(NOW), 0)).to.equal(false);
  });

  it('works over the wrap of its 16 bits of seconds', () => {
    const wrap = NOW - (NOW % 65_536) + 65_536;
    expect(ids.isValid(ADDRESS, 4, wrap + 30, idAt(wrap - 30), 0)).to.equal(true);
    expect(ids.isValid(ADDRESS, 4, wrap - 1, idAt(wrap + 1), 0)).to.equal(true);
  });

  it('is accepted by every holder of the secret and by nobody else', () => {
    expect(new ConnectionIds(Buffer.from(SECRET)).isValid(ADDRESS, 4, NOW, idAt(NOW), 0)).to.equal(true);
    expect(ids.isValid(ADDRESS, 4, NOW, idAt(NOW, Buffer.alloc(16, 8)), 0)).to.equal(false);
  });

  it('is bound to the address and its family', () => {
    const id = idAt(NOW);
    const other = Buffer.from(ADDRESS);
    other[3]! ^= 1;
    expect(ids.isValid(other, 4, NOW, id, 0)).to.equal(false);
    expect(ids.isValid(ADDRESS, 6, NOW, id, 0)).to.equal(false);
    ids.write(ADDRESS_V6, 6, NOW, id, 0);
    expect(ids.isValid(ADDRESS_V6, 6, NOW, id, 0)).to.equal(true);
  });

  it('differs in every bit that is flipped', () => {
    for (let bit = 0; bit < 64; bit++) {
      const id = idAt(NOW);
      id[bit >> 3]! ^= 1 << (bit & 7);
      expect(ids.isValid(ADDRESS, 4, NOW, id, 0), `bit ${bit}`).to.equal(false);
    }
  });

  it('writes and reads at an offset', () => {
    const bytes = Buffer.alloc(16);
    ids.write(ADDRESS, 4, NOW, bytes, 8);
    expect(bytes.subarray(0, 8)).to.deep.equal(Buffer.alloc(8));
    expect(ids.isValid(ADDRESS, 4, NOW, bytes, 8)).to.equal(true);
  });
});
