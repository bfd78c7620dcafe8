// The part of the package `bittorrent-dht` that dht.ts uses; the package ships no types.
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  interface DhtClientOptions {
    /** Stands for a socket of node:dgram. */
    readonly socket: EventEmitter;
    /** Left out: the public routers. */
    readonly bootstrap?: readonly { readonly host: string; readonly port: number }[];
    /** Peers of others that are kept, and for how long in ms. */
    readonly maxPeers: number;
    readonly maxAge: number;
    /** Look-ups whose nodes are kept for an announce. */
    readonly maxTables: number;
  }

  interface DhtAddress {
    readonly host?: string;
    readonly address?: string;
    readonly port: number;
  }

  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default class DHT extends EventEmitter<{
    listening: [];
    error: [error: Error];
    warning: [error: Error];
    peer: [peer: { readonly host: string; readonly port: number }, infoHash: Buffer, from: DhtAddress | null];
  }> {
    constructor(options: DhtClientOptions);
    listen(port: number, address?: string): void;
    address(): { readonly address: string; readonly port: number };
    /** Calls back when nobody nearer is left to ask; returns what ends it at the next answer. */
    lookup(infoHash: string, callback: (error: Error | null) => void): () => void;
    announce(infoHash: string, port: number, callback: (error: Error | null, count?: number) => void): void;
    destroy(callback: () => void): void;
  }
}
