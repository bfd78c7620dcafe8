// The part of the package `create-torrent` that is used here; the package ships no types.
declare module 'create-torrent' {
  interface CreateTorrentOptions {
    readonly name?: string;
    readonly createdBy?: string;
    /** A Date, or unix ms. */
    readonly creationDate?: Date | number;
    readonly private?: boolean;
    /** Bytes. */
    readonly pieceLength?: number;
    /** Left out: the package's own list of public trackers. */
    readonly announceList?: readonly (readonly string[])[];
    readonly onProgress?: (hashedBytes: number, totalBytes: number) => void;
  }
  /** Input: streams or buffers with `fullPath` or `name`, which is the path within the torrent below its folder. */
  function createTorrent(
    input: readonly (Uint8Array | NodeJS.ReadableStream)[],
    options: CreateTorrentOptions,
    callback: (error: Error | null, torrent: Uint8Array) => void,
  ): void;
  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default createTorrent;
}
