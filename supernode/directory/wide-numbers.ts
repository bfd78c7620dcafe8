// Whole numbers up to 2^53 as two words of 32 bits.

const WORD = 2 ** 32;

export function writeWide(value: number, words: Int32Array, at: number): void {
  words[at] = value | 0;
  words[at + 1] = Math.floor(value / WORD);
}

export function readWide(words: Int32Array, at: number): number {
  return words[at + 1]! * WORD + (words[at]! >>> 0);
}
