// Real BitTorrent clients, driven headless, with everything but trackers switched off (no DHT, PEX, local discovery).

import { spawnSync } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasNamespaces, hasProgram, need } from '../helpers/needs.ts';
import { RunningProcess } from '../helpers/running-process.ts';
import { until } from '../helpers/until.ts';
import type { Host } from './lab.ts';

export interface Session {
  readonly torrentFile: string;
  /** Where the data lies (a seed) or shall lie (a download). */
  readonly folder: string;
  /** An empty folder for the client's own state. */
  readonly stateFolder: string;
  readonly host: Host;
}

export interface Client {
  readonly name: string;
  readonly isInstalled: () => boolean;
  /** True when it ignores peers on 127.0.0.0/8, or takes peers that share an address for one. */
  readonly needsNamespaces: boolean;
  seed(session: Session): Promise<RunningProcess>;
  /** Resolves when the file `name` is complete in `session.folder`; the client has ended then. */
  download(session: Session, name: string): Promise<void>;
}

const DOWNLOAD_LIMIT_MS = 120_000;

export const aria2: Client = {
  name: 'aria2',
  isInstalled: () => hasProgram('aria2c'),
  needsNamespaces: false,
  async seed(session) {
    const args = ['--seed-ratio=0.0', '--seed-time=100000', '--check-integrity=true', '--allow-overwrite=true'];
    return aria2Process(session, args);
  },
  async download(session) {
    await using process = await aria2Process(session, ['--seed-time=0']);
    await ended(process);
  },
};

/** Seeds what lies there unverified, right or not. */
export function seedUnverified(session: Session): Promise<RunningProcess> {
  return aria2Process(session, ['--seed-ratio=0.0', '--bt-seed-unverified=true', '--allow-overwrite=true']);
}

/** It takes any of them that is free; below those that the system gives to others. */
const ARIA2_PORTS = '20000-29999';

async function aria2Process(session: Session, args: readonly string[]): Promise<RunningProcess> {
  const common = [
    '--no-conf',
    // It asks UDP trackers through the socket of DHT, which finds nobody without an entry point.
    '--enable-dht=true',
    `--dht-listen-port=${ARIA2_PORTS}`,
    '--enable-dht6=false',
    '--enable-peer-exchange=false',
    '--bt-enable-lpd=false',
    '--summary-interval=0',
    '--file-allocation=none',
  ];
  const place = [`--dir=${session.folder}`, `--listen-port=${ARIA2_PORTS}`];
  return new RunningProcess('aria2c', [...common, ...place, ...args, session.torrentFile], {
    namespace: session.host.namespace,
    environment: { HOME: session.stateFolder },
  });
}

export const transmission: Client = {
  name: 'transmission',
  isInstalled: () => hasProgram('transmission-daemon') && hasProgram('transmission-remote'),
  needsNamespaces: true,
  seed: transmissionProcess,
  async download(session, name) {
    await using process = await transmissionProcess(session);
    // A file that is not complete is called NAME.part.
    await until(() => exists(join(session.folder, name)), { timeoutMs: DOWNLOAD_LIMIT_MS });
    await process.stop();
  },
};

/** Always the same, as a user's: it takes the peers that share an address for one, those of yesterday too. */
const TRANSMISSION_PORT = 51413;
/** Nobody else is in its namespace. */
const TRANSMISSION_RPC_PORT = 9091;

async function transmissionProcess(session: Session): Promise<RunningProcess> {
  const settings = {
    'dht-enabled': false,
    'pex-enabled': false,
    'lpd-enabled': false,
    'utp-enabled': false,
    'port-forwarding-enabled': false,
    'peer-port': TRANSMISSION_PORT,
    'rpc-enabled': true,
    'rpc-port': TRANSMISSION_RPC_PORT,
    'rpc-bind-address': '127.0.0.1',
    'rpc-whitelist-enabled': false,
    'download-dir': session.folder,
    'rename-partial-files': true,
    'start-added-torrents': true,
  };
  await writeFile(join(session.stateFolder, 'settings.json'), JSON.stringify(settings));
  const options = { namespace: session.host.namespace, environment: { HOME: session.stateFolder } };
  const daemon = new RunningProcess('transmission-daemon', ['-f', '-g', session.stateFolder], options);
  await until(async () => {
    await using remote = new RunningProcess(
      'transmission-remote',
      [`127.0.0.1:${TRANSMISSION_RPC_PORT}`, '-a', session.torrentFile],
      options,
    );
    return (await remote.end()) === 0;
  });
  return daemon;
}

const WEBTORRENT_SCRIPT = fileURLToPath(new URL('./webtorrent-client.ts', import.meta.url));

export const webtorrent: Client = {
  name: 'webtorrent',
  isInstalled: () => true,
  needsNamespaces: false,
  async seed(session) {
    const process = webtorrentProcess('seed', session);
    await process.line(/^ready$/);
    return process;
  },
  async download(session) {
    await using process = webtorrentProcess('download', session);
    await ended(process);
  },
};

function webtorrentProcess(mode: 'seed' | 'download', session: Session): RunningProcess {
  return new RunningProcess(process.execPath, [WEBTORRENT_SCRIPT, mode, session.torrentFile, session.folder], {
    namespace: session.host.namespace,
  });
}

/** Debian's, since its binding is for no other. */
const PYTHON = '/usr/bin/python3';
const LIBTORRENT_SCRIPT = fileURLToPath(new URL('./libtorrent-client.py', import.meta.url));

export const libtorrent: Client = {
  name: 'libtorrent',
  isInstalled: () => spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0,
  needsNamespaces: true,
  async seed(session) {
    const process = libtorrentProcess('seed', session);
    await process.line(/^ready$/);
    return process;
  },
  async download(session) {
    await using process = libtorrentProcess('download', session);
    await ended(process);
  },
};

function libtorrentProcess(mode: 'seed' | 'download', session: Session): RunningProcess {
  return new RunningProcess(PYTHON, [LIBTORRENT_SCRIPT, mode, session.torrentFile, session.folder], {
    namespace: session.host.namespace,
    environment: { HOME: session.stateFolder },
  });
}

export const CLIENTS: readonly Client[] = [aria2, transmission, webtorrent, libtorrent];

/** Call at the start of a hook: skips it when the client cannot run here. */
export function needClient(context: Mocha.Context, client: Client): void {
  need(context, client.isInstalled(), client.name);
  need(context, !client.needsNamespaces || hasNamespaces(), 'root, for network namespaces');
}

/** A session's folders under `parent`, made anew. */
export async function makeSession(
  parent: string,
  label: string,
  torrentFile: string,
  host: Host,
  dataFolder?: string,
): Promise<Session> {
  const folder = dataFolder ?? join(parent, `${label}-data`);
  const stateFolder = join(parent, `${label}-state`);
  await mkdir(folder, { recursive: true });
  await mkdir(stateFolder, { recursive: true });
  return { torrentFile, folder, stateFolder, host };
}

async function ended(process: RunningProcess): Promise<void> {
  const limit = setTimeout(() => void process.stop('SIGKILL'), DOWNLOAD_LIMIT_MS);
  const code = await process.end();
  clearTimeout(limit);
  if (code !== 0)
    throw new Error(
      `the client ended with ${code}:\n${[...process.stdoutLines, ...process.stderrLines].slice(-20).join('\n')}`,
    );
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
