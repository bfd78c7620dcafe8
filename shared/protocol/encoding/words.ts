// Bytes of a message as words of 32 bits, for what is kept and compared as integers.

/** A signed 32-bit integer, big endian: small integers all, where unsigned ones may become objects on the heap. */
export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
