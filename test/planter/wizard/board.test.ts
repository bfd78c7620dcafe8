import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { progressText } from '../../../planter/voice.ts';
import { Board } from '../../../planter/wizard/board.ts';

describe('planter/wizard/board.ts', () => {
  let now: number;
  let rows: number;
  let written: string[];
  let board: Board;

  beforeEach(() => {
    now = 1000;
    written = [];
    rows = 24;
    const screen = { write: (text: string) => written.push(text), columns: () => 40, rows: () => rows };
    board = new Board(screen, { now: () => now });
  });

  afterEach(() => board.hide());

  it('has five rows, of which each runs in its turn', () => {
    expect(plain()).to.deep.equal([
      '○  Asking supernodes',
      '○  Planting on nodes',
      '○  Telling supernodes',
      '○  Rewriting the torrent',
      '○  Reading it back',
    ]);
    board.phase('ask');
    board.step('reached a supernode');
    board.phase('carry');
    board.warn('a node is full');
    expect(plain().slice(0, 4)).to.deep.equal([
      '◆  Asking supernodes',
      '│    reached a supernode',
      '◐  Planting on nodes',
      '│    ! a node is full',
    ]);
    expect(board.warnings).to.deep.equal(['a node is full']);
  });

  it('marks where it failed', () => {
    board.phase('ask');
    board.finish(false);
    expect(plain()[0]).to.equal('■  Asking supernodes');
  });

  it('shows how far hashing is', () => {
    board.hashing({ name: 'a', isFolder: false, files: [], length: 2 ** 30 });
    board.hashed(2 ** 29);
    now += 2000;
    expect(plain().slice(0, 2).join('')).to.match(/hashing no files, 1\.0 GiB│ {2}█+░+ 50 %, 256\.0 MiB\/s, 2 s left$/);
  });

  it('draws over what it drew before, in lines that do not wrap', () => {
    board.phase('ask');
    board.step('x'.repeat(100));
    board.show();
    board.finish(true);
    expect(written).to.have.length(2);
    expect(written[1]!.startsWith('\x1b[?7l\x1b[6A')).to.equal(true);
    const lines = stripVTControlCharacters(written[1]!).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(40);
  });

  it('draws no more than fits above the last line, warnings and rows rather than the rest', () => {
    rows = 9;
    board.phase('carry');
    board.warn('a node is full');
    for (let index = 0; index < 9; index++) board.step(`planted on ${index}`);
    board.show();
    const drawn = stripVTControlCharacters(written[0]!).replaceAll('\r', '').split('\n').slice(0, -1);
    expect(drawn).to.have.length(8);
    expect(drawn.filter((line) => line.startsWith('│'))).to.deep.equal([
      '│    ! a node is full',
      '│    planted on 7',
      '│    planted on 8',
    ]);
    board.finish(true);
    expect(stripVTControlCharacters(written[1]!).split('\n')).to.have.length(5 + 10 + 1);
  });

  it('shows control characters in names as question marks', () => {
    board.phase('ask');
    board.step('read \x1b[2Jname\n');
    expect(plain()[1]).to.equal('│    read ?[2Jname?');
  });

  it('knows no rate before anything was done', () => {
    expect(progressText(0, 10, 0)).to.match(/^░{20} 0 %$/);
    expect(progressText(0, 0, 1)).to.match(/^█{20} 100 %$/);
    expect(progressText(10, 10, 1)).to.match(/100 %, 10 bytes\/s$/);
  });

  function plain(): string[] {
    return board.lines().map(stripVTControlCharacters);
  }
});
