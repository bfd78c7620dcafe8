import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Torrent, Wire } from 'webtorrent';
import { TreeTorrent } from '../../../client/engine/tree-torrent.ts';
import { listContent } from '../../../planter/content.ts';
import { makeTorrent, PLAIN_WISH } from '../../../planter/create/create.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const BLOCK = 16 * 1024;
const PIECE = 2 * BLOCK;

describe('client/engine/tree-torrent.ts', () => {
  const content = randomBytes(PIECE + BLOCK + 5);
  let tree: TreeTorrent;
  let asked: number[][];
  let wire: Pick<Wire, 'request' | 'on'>;
  /** What the peer sends. */
  let source: Buffer;

  beforeEach(async () => {
    using folder = new TemporaryFolder();
    const wish = { ...PLAIN_WISH, version: 'v2', pieceLength: PIECE } as const;
    const torrent = await makeTorrent(await listContent(folder.write('a.bin', content)), wish, { now: 0 });
    tree = new TreeTorrent(torrent);
    asked = [];
    source = Buffer.from(content);
    wire = {
      on: () => undefined,
      request: (index, offset, length, done) => {
        asked.push([index, offset, length]);
        done(null, source.subarray(index * PIECE + offset, index * PIECE + offset + length));
      },
    };
    const engine = new EventEmitter();
    tree.attach(engine as unknown as Torrent);
    engine.emit('wire', wire);
  });

  it('is whole pieces to the engine, of which no hash is known', () => {
    const { length, pieceLength, lastPieceLength, pieces, files, infoHash } = tree.parsed;
    expect([length, pieceLength, lastPieceLength, pieces]).to.deep.equal([2 * PIECE, PIECE, PIECE, ['', '']]);
    expect(files.map((file) => [file.name, file.length])).to.deep.equal([
      ['a.bin', content.length],
      ['.pad', 2 * PIECE - content.length],
    ]);
    expect(infoHash).to.match(/^[0-9a-f]{40}$/);
  });

  it('learns the hash of a piece whose data is right, out of blocks in any order', () => {
    expect(ask(0, BLOCK)).to.deep.equal(content.subarray(BLOCK, PIECE));
    expect(tree.parsed.pieces[0]).to.equal('');
    ask(0, 0);
    expect(tree.parsed.pieces).to.deep.equal([sha1(content.subarray(0, PIECE)), '']);
  });

  it('asks for no padding, and hands it to the engine all the same', () => {
    ask(1, 0);
    expect(ask(1, BLOCK)).to.deep.equal(padded().subarray(BLOCK));
    expect(asked).to.deep.equal([
      [1, 0, BLOCK],
      [1, BLOCK, 5],
    ]);
    expect(tree.parsed.pieces[1]).to.equal(sha1(padded()));
  });

  it('learns nothing from data that is not right, and then begins anew', () => {
    source[3]! ^= 1;
    ask(0, 0);
    ask(0, BLOCK);
    expect(tree.parsed.pieces[0]).to.equal('');
    source[3]! ^= 1;
    ask(0, 0);
    expect(tree.parsed.pieces[0]).to.equal('');
    ask(0, BLOCK);
    expect(tree.parsed.pieces[0]).to.equal(sha1(content.subarray(0, PIECE)));
  });

  it('learns from the disk', () => {
    tree.learn(0, Buffer.alloc(PIECE));
    tree.learn(1, padded());
    expect(tree.parsed.pieces).to.deep.equal(['', sha1(padded())]);
  });

  it('passes on what goes wrong', () => {
    wire.request = (_index, _offset, _length, done) => done(new Error('choked'));
    const engine = new EventEmitter();
    tree.attach(engine as unknown as Torrent);
    engine.emit('wire', wire);
    let error: Error | null = null;
    wire.request(0, 0, BLOCK, (reason) => {
      error = reason;
    });
    expect(error).to.have.property('message', 'choked');
  });

  function ask(index: number, offset: number): Buffer {
    let got: Uint8Array | undefined;
    wire.request(index, offset, BLOCK, (_error, bytes) => {
      got = bytes;
    });
    return Buffer.from(got!);
  }

  /** The second piece. */
  function padded(): Buffer {
    return Buffer.concat([content.subarray(PIECE), Buffer.alloc(2 * PIECE - content.length)]);
  }
});

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
