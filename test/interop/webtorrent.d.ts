// The part of the package webtorrent that the tests use; it brings no types of its own.

declare module 'webtorrent' {
  interface Torrent {
    on(event: 'ready' | 'done', listener: () => void): void;
    on(event: 'error', listener: (error: Error | string) => void): void;
  }

  export default class WebTorrent {
    constructor(options?: Readonly<Record<string, boolean>>);
    on(event: 'error', listener: (error: Error | string) => void): void;
    add(torrentFile: string, options?: { readonly path: string }): Torrent;
    destroy(done?: () => void): void;
  }
}
