// The part of the package `bencode` that bencoding.ts uses; the package ships no types.
declare module 'bencode' {
  const bencode: {
    encode(value: unknown): Uint8Array;
    decode(bytes: Uint8Array): unknown;
  };
  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default bencode;
}
