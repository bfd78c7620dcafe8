import { expect } from 'chai';
import { WORKLOADS } from '../../../bench/compare/plan.ts';
import { drawPlot } from '../../../bench/compare/plot.ts';
import { anatomic } from '../../../bench/compare/servers/anatomic.ts';
import type { Cell } from '../../../bench/compare/summary.ts';

const cell = (title: string, cpuUsPerAnnounce: number): Cell => ({
  contender: { ...anatomic, name: title, title },
  workload: WORKLOADS[0]!,
  mode: 'udp',
  announcesPerSecond: 1,
  cpuUsPerAnnounce,
  p50Us: 1,
  p99Us: 1,
  peersPerAnswer: 1,
  serverBusy: 1,
  loadBusy: 1,
  errors: 0,
  speedRatio: 1,
  cpuRatio: 1,
});

describe('bench/compare/plot.ts', () => {
  it('draws one bar per tracker, in proportion, ours marked', () => {
    const svg = drawPlot([cell('anatomic', 4), cell('other', 8)]);
    const bars = [...svg.matchAll(/<rect class="([^"]+)" .*? width="([\d.]+)"/g)];
    expect(bars.map((bar) => bar[1])).to.deep.equal(['bar ours', 'bar']);
    expect(Number(bars[0]?.[2]) / Number(bars[1]?.[2])).to.be.closeTo(2, 0.01);
    expect(svg).to.include('>250 000<').and.include('>125 000<');
  });

  it('escapes what it writes', () => {
    expect(drawPlot([cell('<a & b>', 1)])).to.include('&lt;a &amp; b&gt;');
  });
});
