import { expect } from 'chai';
import { TorrentList } from '../../../node/access/torrent-list.ts';

function add(list: TorrentList, text: string): boolean {
  const bytes = Buffer.from(`<<${text}>>`, 'latin1');
  return list.addLine(bytes, 2, bytes.length - 2);
}

const V1 = '00112233445566778899aabbccddeeff01234567';
const V2 = `fedcba9876543210fedcba9876543210fedcba98${'0f'.repeat(12)}`;

describe('node/access/torrent-list.ts', () => {
  it('knows a hash of 20 bytes, and one of 32 by what trackers are told of it (BEP 52)', () => {
    const list = new TorrentList(2, 1);
    expect([add(list, V1.toUpperCase()), add(list, V2)]).to.deep.equal([true, true]);
    const asked = Buffer.from(`ff${V1}${V2}`, 'hex');
    expect([list.has(asked, 1), list.has(asked, 21), list.has(asked, 0), list.has(asked, 22)]).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect(list.count).to.equal(2);
  });

  it('refuses what is no hash, whatever its length, and remembers nothing of it', () => {
    const list = new TorrentList(200, 1);
    for (let length = 0; length <= 130; length++) {
      expect(add(list, 'a'.repeat(length))).to.equal(length === 40 || length === 64);
    }
    for (let at = 0; at < 64; at++) expect(add(list, `${V2.slice(0, at)}g${V2.slice(at + 1)}`)).to.equal(false);
    expect(list.count).to.equal(1);
  });
});
