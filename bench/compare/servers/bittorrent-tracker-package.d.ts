// The little of bittorrent-tracker that the benchmark uses; the package has no types.

declare module 'bittorrent-tracker' {
  export class Server {
    constructor(options: { ws: boolean; stats: boolean; peersCacheLength: number });
    listen(port: number, hosts: { http: string; udp: string; udp6: string }): void;
  }
}
