// What strangers call their files, fit to be shown: a terminal obeys control characters.

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line without control characters, nor marks that turn the direction of text; each becomes a question mark. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '?');
}
