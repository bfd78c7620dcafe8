// Colours for a terminal, and lines that fit it.

import { stripVTControlCharacters, styleText } from 'node:util';

/** Where the terminal does not say. */
export const DEFAULT_COLUMNS = 80;
export const DEFAULT_ROWS = 24;

/** Colours only where the terminal has them and NO_COLOR does not forbid it. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** One line that does not wrap; one that is cut loses its colours. */
export function clip(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`;
}
