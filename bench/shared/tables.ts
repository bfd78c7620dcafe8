// Rows as text for the terminal, and as Markdown.

export interface Table {
  /** How many of the first columns hold words; the others hold numbers. */
  readonly wordColumns: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns aligned with spaces: words to the left, numbers to the right. */
export function asText(table: Table): string {
  const lines = [table.head, ...table.rows];
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) => {
    const width = widths[column] ?? 0;
    return column < table.wordColumns ? text.padEnd(width) : text.padStart(width);
  };
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

export function asMarkdown(table: Table): string {
  const rule = table.head.map((_, column) => (column < table.wordColumns ? '---' : '---:'));
  return [table.head, rule, ...table.rows].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** A whole number with thin groups of thousands: '1 234 567'. */
export function spaced(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}
