// Reads the raw bytes of a query string, parameter by parameter, in one pass and without allocating. Values stay binary:
// `+` is itself, bytes that should have been escaped (`/ [ ] :`, anything above 127) are taken as they are.

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

const HEX_VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  HEX_VALUES[value.toString(16).charCodeAt(0)] = value;
  HEX_VALUES[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** The value of a hexadecimal digit of either case, -1 for any other byte. */
export function hexValue(byte: number): number {
  return HEX_VALUES[byte]!;
}

/** Parameter names known to a tracker, as bytes. */
export function nameBytes(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}

/** A cursor over `bytes[at..end)`, reused for every request; `bytes` is only held until the next `reset`. */
export class QueryReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #nameStart = 0;
  #nameEnd = 0;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Moves behind the next parameter's name and `=`; false at the end. What was not read of a value is skipped. */
  next(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && bytes[at] !== AMPERSAND) at++;
    if (at < end) at++;
    return this.#readName(at);
  }

  /** Like `next`, for the first parameter. */
  first(): boolean {
    return this.#readName(this.#at);
  }

  #readName(start: number): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = start;
    while (at < end && bytes[at] !== EQUALS && bytes[at] !== AMPERSAND) at++;
    this.#nameStart = start;
    this.#nameEnd = at;
    this.#at = at < end && bytes[at] === EQUALS ? at + 1 : at;
    return start < end;
  }

  get nameLength(): number {
    return this.#nameEnd - this.#nameStart;
  }

  /** Whether the current parameter has this name; compare `nameLength` first. */
  isNamed(name: Uint8Array): boolean {
    const start = this.#nameStart;
    for (let i = 0; i < name.length; i++) if (this.#bytes[start + i] !== name[i]) return false;
    return true;
  }

  /** Unescapes the value into `into`; its length, or -1 when it is longer than `into` or an escape is broken. */
  readBinary(into: Uint8Array): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    let length = 0;
    while (at < end) {
      let byte = bytes[at]!;
      if (byte === AMPERSAND) break;
      if (byte === PERCENT) {
        if (at + 2 >= end) return -1;
        byte = (HEX_VALUES[bytes[at + 1]!]! << 4) | HEX_VALUES[bytes[at + 2]!]!;
        if (byte < 0) return -1;
        at += 2;
      }
      if (length === into.length) return -1;
      into[length++] = byte;
      at++;
    }
    this.#at = at;
    return length;
  }

  /** The value as a decimal number with an optional minus; NaN for anything else. Exact up to 2^53, a float above. */
  readDecimal(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    const isNegative = at < end && bytes[at] === MINUS;
    if (isNegative) at++;
    const firstDigit = at;
    let value = 0;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === AMPERSAND) break;
      if (byte < ZERO || byte > NINE) return Number.NaN;
      value = value * 10 + (byte - ZERO);
    }
    if (at === firstDigit) return Number.NaN;
    this.#at = at;
    return isNegative ? 0 - value : value;
  }
}
