// Decimal numbers written as ASCII straight into a buffer: no string on the hot path.

const ZERO = 0x30;

/** How many digits a whole number from 0 to 2^53 - 1 takes. */
export function decimalLength(value: number): number {
  let length = 1;
  for (let bound = 10; value >= bound; bound *= 10) length++;
  return length;
}

/** Writes a whole number from 0 to 2^53 - 1 at `at`; the end. */
export function writeDecimal(value: number, out: Uint8Array, at: number): number {
  const end = at + decimalLength(value);
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const quotient = Math.floor(rest / 10);
    out[i] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  return end;
}
