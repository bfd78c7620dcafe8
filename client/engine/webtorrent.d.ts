// The part of the package webtorrent that is used here; it brings no types of its own.

declare module 'webtorrent' {
  export interface File {
    /** Path from the download folder. */
    readonly path: string;
    /** Bytes, as are the next. */
    readonly length: number;
    readonly offset: number;
    readonly downloaded: number;
    readonly done: boolean;
    on(event: 'done', listener: () => void): void;
  }

  /** What a peer says of itself (BEP 10). */
  export interface ExtendedHandshake {
    /** The extensions that it knows. */
    readonly m?: Readonly<Record<string, unknown>>;
    /** Bytes of `info`, when it would tell it (BEP 9). */
    readonly metadata_size?: unknown;
  }

  export interface Extension {
    readonly name: string;
    onExtendedHandshake(handshake: ExtendedHandshake): void;
    onMessage(bytes: Uint8Array): void;
  }

  export interface Wire {
    readonly remoteAddress?: string;
    readonly remotePort?: number;
    readonly type: string;
    /** Hex. */
    readonly peerId: string;
    destroy(): void;
    /** Asks for a block, all lengths in bytes. Whoever puts another function here sees what is asked for and what comes. */
    request(
      index: number,
      offset: number,
      length: number,
      done: (error: Error | null, bytes?: Uint8Array) => void,
    ): void;
    /** An extension of the same name that was there is used no longer. */
    use(extension: new (wire: Wire) => Extension): void;
    /** Sends a message of an extension. */
    extended(name: string, bytes: Uint8Array): void;
    /** Sends a message of any kind: its id, words of 32 bits, bytes. No public method does, and only this one encrypts. */
    _message(id: number, words: readonly number[], bytes: Uint8Array | null): void;
    /** The exchange of metainfo (BEP 9), where no other extension has its name. */
    readonly ut_metadata: {
      /** Resolves to whether it is what the hash is of. */
      setMetadata(info: Uint8Array): Promise<boolean>;
    };
    /** A message whose id the engine does not know; the id is the first byte. */
    on(event: 'unknownmessage', listener: (message: Uint8Array) => void): void;
    on(event: 'close', listener: () => void): void;
  }

  /** The connection of a peer; of a web seed that which plays one. */
  export interface WebConnection {
    /** Loads `length` bytes of a piece. Put another function here to load them in another way. */
    httpRequest?: (
      piece: number,
      offset: number,
      length: number,
      done: (error: Error | null, bytes?: Uint8Array) => void,
    ) => void;
  }

  export interface Peer {
    readonly id: string;
    readonly conn: WebConnection | null;
    readonly wire: Wire | null;
    /** How often it was called again in a row. */
    retries: number;
  }

  export interface Torrent {
    readonly infoHash: string;
    readonly name: string;
    readonly files: readonly File[];
    readonly wires: readonly Wire[];
    readonly length: number;
    readonly torrentFile: Uint8Array;
    /** Bytes that are on the disk and verified, those of pieces in progress added. */
    readonly downloaded: number;
    /** Bytes that came from peers. */
    readonly received: number;
    readonly uploaded: number;
    /** Bytes per second. */
    readonly downloadSpeed: number;
    readonly uploadSpeed: number;
    readonly done: boolean;
    /** Also what the package itself calls when it has heard of a peer. */
    addPeer(peer: string | object, source: string): boolean;
    /** By 'address:port', peer id, or the URL of a web seed, as is each `id`. */
    readonly _peers: ReadonlyMap<string, Peer>;
    /** Peers that wait to be called. */
    readonly _numQueued: number;
    /** Called once metainfo has come; no public hook hears of its failures. */
    _onMetadata(metadata: unknown): Promise<void>;
    /** Has pieces downloaded, the first and the last of them included. */
    select(from: number, to: number): void;
    destroy(done: () => void): void;
    on(event: 'infoHash' | 'metadata' | 'ready' | 'done' | 'close', listener: () => void): void;
    /** A peer that shook hands. */
    on(event: 'wire', listener: (wire: Wire) => void): void;
    on(event: 'verified', listener: (index: number) => void): void;
    on(event: 'warning' | 'error', listener: (error: Error | string) => void): void;
  }

  /** What the package parse-torrent makes of a .torrent. */
  export interface ParsedTorrent {
    readonly infoHash: string;
    readonly info: unknown;
    readonly name: string;
    readonly announce: readonly string[];
    /** Web seeds. */
    readonly urlList: readonly string[];
    readonly files: readonly {
      readonly path: string;
      readonly name: string;
      readonly length: number;
      readonly offset: number;
    }[];
    readonly length: number;
    readonly pieceLength: number;
    readonly lastPieceLength: number;
    /** Hex SHA-1 of each piece; looked at anew for each that is verified. */
    readonly pieces: readonly string[];
  }

  export interface TorrentOptions {
    readonly path?: string;
    readonly announce?: readonly string[];
    readonly store?: unknown;
    readonly storeOpts?: object;
    readonly storeCacheSlots?: number;
    readonly strategy?: 'rarest' | 'sequential';
    readonly deselect?: boolean;
    readonly private?: boolean;
  }

  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default class WebTorrent {
    constructor(options?: Readonly<Record<string, unknown>>);
    /** Hex. */
    readonly peerId: string;
    readonly torrentPort: number;
    readonly listening: boolean;
    /** Where peers connect to; no option bounds their number. */
    readonly _connPool: { readonly tcpServer: import('node:net').Server };
    on(event: 'error', listener: (error: Error | string) => void): void;
    once(event: 'listening', listener: () => void): void;
    add(torrent: string | Uint8Array | ParsedTorrent, options?: TorrentOptions): Torrent;
    destroy(done?: (error?: Error) => void): void;
  }
}
