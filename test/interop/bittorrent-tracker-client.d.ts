// The part of bittorrent-tracker's client that the tests use; the package has no types.

declare module 'bittorrent-tracker/client' {
  import type { EventEmitter } from 'node:events';

  /** A WebRTC connection to another client. */
  export interface Peer extends EventEmitter {
    send(text: string): void;
  }

  /** What is emitted for each answer to an announce, and for each torrent of a scrape. */
  export interface Update {
    readonly complete: number;
    readonly incomplete: number;
  }

  export interface ClientOptions {
    /** Hex. */
    readonly infoHash: string;
    readonly peerId: string;
    readonly announce: string;
    readonly port: number;
    readonly rtcConfig?: object;
    readonly getAnnounceOpts?: () => object;
  }

  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default class Client extends EventEmitter {
    constructor(options: ClientOptions);
    start(options?: object): void;
    update(options?: object): void;
    complete(options?: object): void;
    stop(options?: object): void;
    scrape(options?: object): void;
    destroy(done?: () => void): void;
  }
}
