// The part of the package `parse-torrent` that the tests use as an oracle; the package ships no types.
declare module 'parse-torrent' {
  interface ParsedTorrent {
    readonly infoHash: string;
    readonly name: string;
    readonly length: number;
    readonly pieceLength: number;
    readonly announce: readonly string[];
    readonly files: readonly { readonly path: string; readonly length: number }[];
  }
  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default function parseTorrent(torrent: string | Uint8Array): Promise<ParsedTorrent>;
}
