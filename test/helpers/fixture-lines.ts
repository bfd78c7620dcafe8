// Cases kept as lines of text: `#` starts a comment, \xNN stands for a byte, a tab separates the fields.

import { readFileSync } from 'node:fs';

/** The lines of test/fixtures/NAME, each split into its fields. */
export function fixtureLines(name: string): string[][] {
  const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
}

/** The bytes that a field stands for. */
export function bytesOf(field: string): Buffer {
  const latin1 = field.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}
