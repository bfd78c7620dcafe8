import { expect } from 'chai';
import { checkConfig, isUnspecified, type NodeConfig, nodeOptions, trackerOptions } from '../../node/config.ts';
import { checkOptions } from '../../node/tracker/tracker-options.ts';
import { UsageError } from '../../shared/errors.ts';
import { parseOptions } from '../../shared/platform/options.ts';

function configOf(...argv: string[]): NodeConfig {
  const parsed = parseOptions(nodeOptions, { argv, env: {} });
  if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
  return parsed.config;
}

describe('node/config.ts', () => {
  it('runs a planted-only tracker on port 6969 of all addresses when nothing is said', () => {
    expect(configOf()).to.deep.include({
      httpPort: 6969,
      udpPort: undefined,
      httpsPort: undefined,
      tlsCertificate: undefined,
      tlsKey: undefined,
      websocket: true,
      udpConnectionLifetimeMs: 120_000,
      host: undefined,
      publicUrl: [],
      trustedProxy: [],
      supernode: [],
      allowNetwork: [],
      mode: 'planted',
      intervalMs: 1_800_000,
      minIntervalMs: 900_000,
      maxTorrents: 1_000_000,
      maxPeers: 5_000_000,
      maxPeersPerTorrent: 100_000,
      dataDirectory: './data/node',
      graceMs: 10_000,
      drainMs: 0,
      logLevel: 'info',
    });
    expect(() => checkConfig(configOf())).not.to.throw();
  });

  for (const [argv, message] of [
    [['--interval', '10s'], '--interval'],
    [['--interval', '36m'], '--interval'],
    [['--max-torrents', '0'], '--max-torrents'],
    [['--max-peers', '1.5'], '--max-peers'],
    [['--mode', 'closed'], '--mode'],
    [['--trusted-proxy', 'everybody'], '--trusted-proxy'],
    [['--allow-network', '10.0.0.0/33'], '--allow-network'],
    [['--http-port', '65536'], '--http-port'],
    [['--udp-connection-lifetime', '1m'], '--udp-connection-lifetime'],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, () => {
      expect(() => configOf(...argv)).to.throw(UsageError, message);
    });
  }

  for (const [argv, message] of [
    [['--https-port', '443'], 'are given together'],
    [['--tls-certificate', 'cert.pem', '--tls-key', 'key.pem'], 'are given together'],
    [['--interval', '10m', '--min-interval', '11m'], '--min-interval is longer'],
    [['--host', 'localhost'], '--host is an IP address'],
    [
      ['--supernode', 'http://198.51.100.1:6970/path', '--host', '127.0.0.1'],
      '--supernode http://198.51.100.1:6970/path',
    ],
    [['--public-url', 'http://tracker.example/announce'], '--public-url http://tracker.example/announce'],
    [Array.from({ length: 4 }, (_, index) => `--public-url=http://tracker${index}.example`), 'at most 3'],
    [Array.from({ length: 9 }, (_, index) => `--supernode=http://supernode${index}.example`), 'at most 8'],
  ] as const) {
    it(`refuses ${argv[0]} ... : ${message}`, () => {
      expect(() => checkConfig(configOf(...argv))).to.throw(UsageError, message);
    });
  }

  it('asks for a public URL when supernodes could not find the node', () => {
    const joining = ['--supernode', 'http://198.51.100.1:6970'];
    for (const host of [[], ['--host', '0.0.0.0'], ['--host', '::']]) {
      expect(() => checkConfig(configOf(...joining, ...host))).to.throw(UsageError, 'give --public-url');
    }
    expect(() => checkConfig(configOf(...joining, '--host', '127.0.0.1'))).not.to.throw();
    expect(() => checkConfig(configOf(...joining, '--public-url', 'http://tracker.example:6969'))).not.to.throw();
  });

  it('knows the hosts that are no address to call', () => {
    expect([undefined, '::', '0.0.0.0', '127.0.0.1', '::1'].map(isUnspecified)).to.deep.equal([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('gives the tracker options that it accepts at both ends of every range', () => {
    for (const argv of [
      [
        '--interval',
        '5m',
        '--min-interval',
        '1m',
        '--max-torrents',
        '1',
        '--max-peers',
        '1',
        '--max-peers-per-torrent',
        '1',
      ],
      ['--interval', '35m', '--min-interval', '35m', '--max-torrents', '100000000', '--max-peers', '100000000'],
    ]) {
      expect(() => checkOptions(trackerOptions(configOf(...argv)))).not.to.throw();
    }
    expect(trackerOptions(configOf())).to.include({
      mode: 'planted',
      intervalSeconds: 1800,
      minIntervalSeconds: 900,
      peerLifetimeSeconds: 2700,
    });
  });
});
