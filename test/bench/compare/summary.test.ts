import { expect } from 'chai';
import type { Visit } from '../../../bench/compare/measure.ts';
import type { Contender } from '../../../bench/compare/servers/contender.ts';
import { median, summarise, summariseMemory } from '../../../bench/compare/summary.ts';
import type { LoadResult } from '../../../bench/load/load-program.ts';
import type { Workload } from '../../../bench/load/workload.ts';

const WORKLOAD: Workload = { name: 'w', torrents: 10, peersPerTorrent: 5, isFillOnly: false };

const contender = (name: string): Contender => ({
  name,
  title: name,
  modes: ['udp'],
  isSlow: false,
  settleMs: 0,
  version: async () => name,
  command: async () => [],
});

const load = (part: Partial<LoadResult>): LoadResult => ({
  seconds: 2,
  isFilled: true,
  answers: 1000,
  peers: 5000,
  refused: 0,
  malformed: 0,
  broken: 0,
  lost: 0,
  p50Us: 10,
  p99Us: 20,
  serverCpuSeconds: 1,
  loadCpuSeconds: 0.5,
  ...part,
});

const visit = (who: Contender, bytesPerPeer: number, part: Partial<LoadResult>): Visit => ({
  contender: who,
  workload: WORKLOAD,
  fill: load({ answers: 50, lost: 1 }),
  bytesPerPeer,
  results: [{ mode: 'udp', load: load(part) }],
});

describe('bench/compare/summary.ts', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([9, 1, 10])).to.equal(9);
    expect(median([4, 1, 2, 10])).to.equal(3);
  });

  it('takes the median over the runs of each tracker and adds up the errors', () => {
    const one = contender('one');
    const runs = [500, 1000, 4000].map((answers) => visit(one, 1, { answers, refused: 1, lost: 2 }));
    const [cell, ...others] = summarise(runs, 'one');
    expect(others).to.deep.equal([]);
    expect(cell?.announcesPerSecond).to.equal(500);
    expect(cell?.cpuUsPerAnnounce).to.equal(1000);
    expect(cell?.serverBusy).to.equal(0.5);
    expect(cell?.errors).to.equal(9);
  });

  it('compares so that above 1 ours is better', () => {
    const visits = [
      visit(contender('ours'), 1, { answers: 3000, serverCpuSeconds: 1 }),
      visit(contender('theirs'), 1, { answers: 1000, serverCpuSeconds: 1 }),
    ];
    const theirs = summarise(visits, 'ours')[1];
    expect(theirs?.speedRatio).to.be.closeTo(3, 1e-9);
    expect(theirs?.cpuRatio).to.be.closeTo(3, 1e-9);
  });

  it('gives no ratio without a measurement of ours', () => {
    const [cell] = summarise([visit(contender('theirs'), 1, {})], 'ours');
    expect(cell?.speedRatio).to.equal(undefined);
    expect(cell?.cpuRatio).to.equal(undefined);
  });

  it('takes the median memory and adds up the errors of the fills', () => {
    const one = contender('one');
    const [cell] = summariseMemory([13, 11, 20].map((bytes) => visit(one, bytes, {})));
    expect(cell).to.deep.include({ bytesPerPeer: 13, fillsPerSecond: 25, errors: 3 });
  });
});
