// What the user sees of a check: rows for people, or one JSON document.

import { printable } from '../../shared/platform/printable.ts';
import type { CheckedTracker, CheckResult } from './check.ts';
import type { Finding } from './finding.ts';

const TOPIC_WIDTH = 12;
const MAX_TEXT = 300;

/** One block per tracker, one row per finding. */
export function reportText({ trackers, comparison }: CheckResult): string {
  const blocks = trackers.map(trackerText);
  if (comparison.length > 0) blocks.push(`compared\n${comparison.map((finding) => row(finding, '  ')).join('')}`);
  const usable = trackers.filter(({ isUsable }) => isUsable).length;
  if (trackers.length > 1) blocks.push(`${usable} of ${trackers.length} usable\n`);
  return blocks.join('\n');
}

export function reportJson({ trackers, comparison }: CheckResult): string {
  const document = {
    trackers: trackers.map(({ url, isUsable, findings, doors }) => ({
      url: url.href,
      isUsable,
      findings,
      addresses: doors.map(({ target, isChecked, latencyMs, findings }) => ({
        address: target.address,
        family: target.family,
        isChecked,
        latencyMs,
        findings,
      })),
    })),
    comparison,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function trackerText({ url, isUsable, findings, doors }: CheckedTracker): string {
  const all = [...findings, ...doors.flatMap((door) => door.findings)];
  const rows = doors.map(
    ({ target, findings }) => `  ${target.address}\n${findings.map((finding) => row(finding, '    ')).join('')}`,
  );
  const head = `${shown(url.href)}: ${isUsable ? 'usable' : 'failed'}${warnings(all)}\n`;
  return head + findings.map((finding) => row(finding, '  ')).join('') + rows.join('');
}

function warnings(findings: readonly Finding[]): string {
  const count = findings.filter(({ verdict }) => verdict === 'warn').length;
  return count === 0 ? '' : `, ${count} ${count === 1 ? 'warning' : 'warnings'}`;
}

function row({ verdict, topic, text }: Finding, indent: string): string {
  return `${indent}${verdict}  ${topic.padEnd(TOPIC_WIDTH)} ${shown(text)}\n`;
}

/** Trackers' words may hold anything, and much of it. */
function shown(text: string): string {
  const clean = printable(text);
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}...` : clean;
}
