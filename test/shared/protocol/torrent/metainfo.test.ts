import { expect } from 'chai';
import createTorrent from 'create-torrent';
import fc from 'fast-check';
import parseTorrent from 'parse-torrent';
import { PublicError } from '../../../../shared/errors.ts';
import { type Bencodable, rewriteDictionary } from '../../../../shared/protocol/encoding/bencoding.ts';
import { anatomicMember, readMetainfo } from '../../../../shared/protocol/torrent/metainfo.ts';
import { fileV2, hashOf, infoHybrid, infoV1, infoV2, PIECE_LENGTH, torrentOf } from '../../../helpers/torrents.ts';

describe('shared/protocol/torrent/metainfo.ts', () => {
  it('agrees with create-torrent and parse-torrent about a torrent of several files', async () => {
    const files = ['one', 'two/three'].map((path) =>
      Object.assign(Buffer.from(path.repeat(9000)), { name: `folder/${path}` }),
    );
    const bytes = await create(files, {
      private: true,
      announceList: [['http://a/announce', 'http://b/announce'], ['udp://c']],
    });
    const expected = await parseTorrent(bytes);
    const metainfo = readMetainfo(bytes);
    expect(metainfo.version).to.equal('v1');
    expect(metainfo.infoHash).to.equal(expected.infoHash);
    expect(metainfo.hashes).to.deep.equal([expected.infoHash]);
    expect(metainfo.name).to.equal('folder');
    expect(metainfo.length).to.equal(expected.length);
    expect(metainfo.pieceLength).to.equal(expected.pieceLength);
    expect(metainfo.isPrivate).to.equal(true);
    expect(metainfo.announce).to.equal('http://a/announce');
    expect(metainfo.announceList).to.deep.equal([['http://a/announce', 'http://b/announce'], ['udp://c']]);
    expect(metainfo.files).to.deep.equal([
      { path: ['one'], length: 27_000 },
      { path: ['two', 'three'], length: 81_000 },
    ]);
  });

  it('hashes info as it stands, even when its keys are out of order', () => {
    const info = 'd4:name1:x12:piece lengthi16384e6:lengthi1e6:pieces20:aaaaaaaaaaaaaaaaaaaae';
    expect(readMetainfo(Buffer.from(`d4:info${info}e`)).infoHash).to.equal('a60eac5158f261e90a1d709f6940d1798dfccfe7');
  });

  it('reads version 2 (BEP 52): SHA-256, and its first 20 bytes for trackers', () => {
    const layers = { 'piece layers': {} };
    const metainfo = readMetainfo(torrentOf(infoV2('b.bin', 20_000), layers));
    const hash = hashOf(infoV2('b.bin', 20_000), 'sha256');
    expect(metainfo.version).to.equal('v2');
    expect(metainfo).to.not.have.property('infoHash');
    expect(metainfo.infoHashV2).to.equal(hash);
    expect(metainfo.hashes).to.deep.equal([hash.slice(0, 40)]);
    expect(metainfo.files).to.deep.equal([{ path: ['b.bin'], length: 20_000 }]);
  });

  it('reads the nested tree of version 2, and piece layers under binary keys', () => {
    const tree = { dir: { 'a.bin': fileV2(7), deeper: { empty: fileV2(0) } }, 'z.bin': fileV2(1) };
    const plain = torrentOf({ ...infoV2('folder'), 'file tree': tree });
    const layers = Buffer.concat([Buffer.from('12:piece layersd32:'), Buffer.alloc(32, 0xff), Buffer.from('0:e')]);
    const metainfo = readMetainfo(Buffer.concat([plain.subarray(0, -1), layers, Buffer.from('e')]));
    expect(metainfo.length).to.equal(8);
    expect(metainfo.files.map(({ path }) => path.join('/'))).to.deep.equal(['dir/a.bin', 'dir/deeper/empty', 'z.bin']);
  });

  it('reads a hybrid: two hashes to announce under, version 1 first', () => {
    const metainfo = readMetainfo(torrentOf(infoHybrid()));
    const [v1, v2] = [hashOf(infoHybrid(), 'sha1'), hashOf(infoHybrid(), 'sha256')];
    expect(metainfo.version).to.equal('hybrid');
    expect(metainfo.hashes).to.deep.equal([v1, v2.slice(0, 40)]);
    expect([metainfo.infoHash, metainfo.infoHashV2]).to.deep.equal([v1, v2]);
  });

  it('leaves padding files (BEP 47) out, and so finds both versions of a hybrid alike', () => {
    const files = [
      { length: 5, path: ['a'] },
      { attr: 'p', length: PIECE_LENGTH - 5, path: ['.pad', '16379'] },
      { length: 6, path: ['b'] },
    ];
    const info = { ...infoHybrid('folder'), length: undefined, 'file tree': { a: fileV2(5), b: fileV2(6) }, files };
    const metainfo = readMetainfo(torrentOf({ ...info, pieces: Buffer.alloc(40) }));
    expect(metainfo.files).to.deep.equal([
      { path: ['a'], length: 5 },
      { path: ['b'], length: 6 },
    ]);
  });

  it('reads names in any encoding, and prefers their UTF-8 variant', () => {
    const odd = { ...infoV1(), name: Buffer.from([0xc4, 0x2e, 0x62]) };
    expect(readMetainfo(torrentOf(odd)).name).to.equal('\ufffd.b');
    expect(readMetainfo(torrentOf({ ...odd, 'name.utf-8': 'Ä.b' })).name).to.equal('Ä.b');
  });

  it('reads what the planter wrote beside info, and takes a malformed hint for none', () => {
    const hint = { version: 2, planter: 'ab'.repeat(32), supernodes: ['http://192.0.2.1:6970'] };
    expect(readMetainfo(torrentOf(infoV1(), { anatomic: anatomicMember(hint) })).anatomic).to.deep.equal(hint);
    for (const wrong of [1, 'x', [], {}, { ...hint, planter: 'short' }, { ...hint, version: 0 }] as Bencodable[]) {
      expect(readMetainfo(torrentOf(infoV1(), { anatomic: wrong }))).to.not.have.property('anatomic');
    }
  });

  it('keeps its info hash whatever else is rewritten', () => {
    const bytes = torrentOf(infoHybrid(), { announce: 'http://old' });
    const rewritten = rewriteDictionary(bytes, { announce: 'http://new', 'announce-list': [['http://new']] });
    expect(readMetainfo(rewritten).hashes).to.deep.equal(readMetainfo(bytes).hashes);
    expect(readMetainfo(rewritten).announce).to.equal('http://new');
  });

  it('makes the best of odd announce-lists found in the wild', () => {
    const list = [['http://a', 7, ''], 'http://b', 3, [], [[]], {}];
    expect(readMetainfo(torrentOf(infoV1(), { 'announce-list': list })).announceList).to.deep.equal([
      ['http://a'],
      ['http://b'],
    ]);
    expect(readMetainfo(torrentOf(infoV1(), { 'announce-list': 'x', announce: 4 }))).to.deep.include({
      announceList: [],
    });
  });

  it('reads no more than 200 tiers, of 200 trackers each, of 2000 bytes each', () => {
    const url = 'u'.repeat(2000);
    const tiers = Array.from({ length: 201 }, () => [`${url}u`, url, ...Array(199).fill('u')]);
    const { announceList } = readMetainfo(torrentOf(infoV1(), { 'announce-list': tiers }));
    expect(announceList).to.have.length(200);
    expect(announceList[0]).to.deep.equal([url, ...Array(198).fill('u')]);
    expect(readMetainfo(torrentOf(infoV1(), { announce: url })).announce).to.equal(url);
    expect(readMetainfo(torrentOf(infoV1(), { announce: `${url}u` }))).to.not.have.property('announce');
  });

  it('takes names of dots that are no way out', () => {
    expect(readMetainfo(torrentOf(infoV1('...'))).files).to.deep.equal([{ path: ['...'], length: 5 }]);
    expect(readMetainfo(torrentOf(infoV1('..a'))).files).to.deep.equal([{ path: ['..a'], length: 5 }]);
  });

  it('takes pieces of up to 1 GiB in version 2, and none but whole powers of two', () => {
    const sized = (pieceLength: number) => torrentOf({ ...infoV2(), 'piece length': pieceLength });
    expect(readMetainfo(sized(2 ** 30)).pieceLength).to.equal(2 ** 30);
    expect(() => readMetainfo(sized(2 ** 31))).to.throw(PublicError, '"piece length"');
    expect(readMetainfo(torrentOf(infoV2('a', 2 ** 34))).length).to.equal(2 ** 34);
    expect(() => readMetainfo(sized(2 ** 14 + 1))).to.throw(PublicError, 'power of two');
  });

  const v1 = infoV1();
  const v2 = infoV2();
  const refused: [string, Bencodable, string][] = [
    ['info of another type', 'x', '"info" must be a dictionary'],
    ['no name', { ...v1, name: undefined } as unknown as Bencodable, '"name"'],
    ['no pieces', { length: 1, name: 'x', 'piece length': 1 }, '"pieces"'],
    ['pieces that do not fit', { ...v1, pieces: Buffer.alloc(40) }, 'do not fit'],
    ['pieces cut off', { ...v1, pieces: Buffer.alloc(19) }, 'do not fit'],
    ['a piece length of zero', { ...v1, 'piece length': 0 }, '"piece length"'],
    ['a negative length', { ...v1, length: -1 }, '"length"'],
    [
      'lengths that add up beyond all bounds',
      {
        name: 'x',
        'piece length': 2 ** 52,
        pieces: Buffer.alloc(40),
        files: [
          { length: 2 ** 52, path: ['a'] },
          { length: 2 ** 53 - 1, path: ['b'] },
        ],
      },
      'longer than',
    ],
    ['a name that climbs out', infoV1('..'), 'unsafe name'],
    ['a name that is the folder itself', infoV1('.'), 'unsafe name'],
    ['a name with a NUL', infoV1('a\0b'), 'unsafe name'],
    [
      'a path that no file system takes',
      { name: 'x', 'piece length': 9, pieces: Buffer.alloc(20), files: [{ length: 1, path: Array(2049).fill('a') }] },
      'at most 2048',
    ],
    [
      'a path that climbs out',
      { name: 'x', 'piece length': 9, pieces: Buffer.alloc(20), files: [{ length: 1, path: ['a', '..', 'b'] }] },
      'unsafe name',
    ],
    [
      'a path with a slash',
      { name: 'x', 'piece length': 9, pieces: Buffer.alloc(20), files: [{ length: 1, path: ['a/b'] }] },
      'unsafe name',
    ],
    [
      'a file without name',
      { name: 'x', 'piece length': 9, pieces: Buffer.alloc(20), files: [{ length: 1, path: [''] }] },
      'no name',
    ],
    ['a meta version of the future', { ...v2, 'meta version': 3 }, '"meta version"'],
    ['version 2 without a tree', { 'meta version': 2, name: 'x', 'piece length': PIECE_LENGTH }, '"file tree"'],
    ['version 2 with an empty tree', { ...v2, 'file tree': {} }, 'no files'],
    ['version 2 with a nameless file', { ...v2, 'file tree': fileV2(1) }, 'without name'],
    [
      'version 2 with a file that is a folder too',
      { ...v2, 'file tree': { a: { '': { length: 0 }, b: fileV2(1) } } },
      'without name',
    ],
    ['version 2 with a path that climbs out', { ...v2, 'file tree': { '..': fileV2(1) } }, 'unsafe name'],
    ['version 2 without a root', { ...v2, 'file tree': { a: { '': { length: 1 } } } }, '"pieces root"'],
    ['version 2 with more pieces than anybody has hashes of', infoV2('a', 2 ** 34 + 1), 'more than 1048576 pieces'],
    [
      'version 2 with as many in several files',
      { ...v2, 'file tree': { a: fileV2(2 ** 33), b: fileV2(2 ** 33), c: fileV2(1) } },
      'more than 1048576 pieces',
    ],
    ['version 2 with odd pieces', { ...v2, 'piece length': 20_000 }, 'power of two'],
    ['version 2 with small pieces', { ...v2, 'piece length': 1024 }, '"piece length"'],
    ['a hybrid whose halves differ', { ...infoHybrid(), 'file tree': { other: fileV2(5) } }, 'different files'],
  ];
  for (const [what, info, reason] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => readMetainfo(torrentOf(info)))
        .to.throw(PublicError, reason)
        .with.property('code', 'metainfo');
    });
  }

  it('refuses file names that would reach a prototype, and keeps other inherited names apart', () => {
    const tree = (name: string) =>
      Buffer.from(
        `d4:infod9:file treed${name.length}:${name}d0:d6:lengthi0eeee12:meta versioni2e4:name1:x12:piece lengthi16384eee`,
      );
    expect(() => readMetainfo(tree('__proto__'))).to.throw(PublicError, '__proto__');
    expect(readMetainfo(tree('constructor')).files).to.deep.equal([{ path: ['constructor'], length: 0 }]);
    expect(({} as Record<string, unknown>).length).to.equal(undefined);
  });

  it('refuses bytes that are no torrent, and every beginning of one', () => {
    const whole = torrentOf(infoHybrid(), { announce: 'http://a' });
    for (let length = 0; length < whole.length; length++) {
      expect(() => readMetainfo(whole.subarray(0, length)), `${length}`).to.throw(PublicError, 'not a torrent');
    }
    for (const text of ['de', 'le', 'i1e', '<html>', 'd4:infoi1ee']) {
      expect(() => readMetainfo(Buffer.from(text)), text).to.throw(PublicError, 'not a torrent');
    }
  });

  it('reads or refuses a torrent of which any byte was changed, and throws nothing else', () => {
    const whole = torrentOf(infoHybrid(), { announce: 'http://a', 'announce-list': [['http://b']] });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        try {
          expect(readMetainfo(bytes).hashes).to.have.length.within(1, 2);
        } catch (error) {
          expect(error).to.be.instanceOf(PublicError).with.property('code', 'metainfo');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function create(files: Buffer[], options: object): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    createTorrent(files, options, (error, torrent) => (error ? reject(error) : resolve(torrent)));
  });
}
