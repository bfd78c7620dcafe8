import { expect } from 'chai';
import { BencodeError } from '../../../../shared/protocol/encoding/bencoding.ts';
import { readCompactPeers } from '../../../../shared/protocol/tracker/compact-peers.ts';

describe('shared/protocol/tracker/compact-peers.ts', () => {
  it('reads 6-byte entries (BEP 23)', () => {
    expect(readCompactPeers(Buffer.from('0102030400507f0000011ae1', 'hex'), 4)).to.deep.equal([
      { address: '1.2.3.4', port: 80 },
      { address: '127.0.0.1', port: 6881 },
    ]);
  });

  it('reads 18-byte entries (BEP 7)', () => {
    const bytes = Buffer.from('20010db80000000000000000000000011ae1', 'hex');
    expect(readCompactPeers(bytes, 6)).to.deep.equal([{ address: '2001:db8::1', port: 6881 }]);
  });

  it('refuses every length that cuts an entry', () => {
    for (const [family, entryBytes] of [
      [4, 6],
      [6, 18],
    ] as const) {
      for (let length = 0; length <= 40; length++) {
        const read = () => readCompactPeers(new Uint8Array(length), family);
        if (length % entryBytes === 0) expect(read()).to.have.length(length / entryBytes);
        else expect(read, `${length}`).to.throw(BencodeError, 'whole entries');
      }
    }
  });
});
