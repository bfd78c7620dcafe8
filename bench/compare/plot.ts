// The results as an SVG picture: what one core of each tracker can serve.

import { MODE_TITLES } from '../load/workload.ts';
import { spaced } from '../shared/tables.ts';
import { workloadTitle } from './plan.ts';
import { OURS } from './servers/contenders.ts';
import type { Cell } from './summary.ts';

const WIDTH = 760;
const LABEL_WIDTH = 200;
const VALUE_WIDTH = 130;
const BAR_HEIGHT = 18;
const BAR_STEP = 24;
const GROUP_GAP = 44;
const TOP = 56;

/** Bars of announces per second of server CPU, one group per workload and mode, each to its own scale. */
export function drawPlot(cells: readonly Cell[]): string {
  const groups = Map.groupBy(cells, (cell) => `${MODE_TITLES[cell.mode]} (${workloadTitle(cell.workload)})`);
  const shapes: string[] = [];
  let y = TOP;
  for (const [title, group] of groups) {
    shapes.push(...drawGroup(title, group, y));
    y += group.length * BAR_STEP + GROUP_GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Announces per second of CPU">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .group { font-weight: 600 }
  .bar { fill: #8c959f }
  .ours { fill: #1f6feb }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #58a6ff } }
</style>
<text class="title" x="0" y="20">Announces per second of server CPU (more is better)</text>
${shapes.join('\n')}
</svg>
`;
}

function drawGroup(title: string, group: readonly Cell[], top: number): string[] {
  const best = Math.max(...group.map(perCpuSecond));
  const fullWidth = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const bars = group.flatMap((cell, index) => {
    const y = top + 10 + index * BAR_STEP;
    const textY = y + BAR_HEIGHT - 5;
    const width = Math.max(1, (perCpuSecond(cell) / best) * fullWidth);
    const kind = cell.contender.name === OURS ? 'bar ours' : 'bar';
    return [
      `<text x="0" y="${textY}">${escapeXml(cell.contender.title)}</text>`,
      `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${textY}">${spaced(perCpuSecond(cell))}</text>`,
    ];
  });
  return [`<text class="group" x="0" y="${top}">${escapeXml(title)}</text>`, ...bars];
}

function perCpuSecond(cell: Cell): number {
  return 1e6 / cell.cpuUsPerAnnounce;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
