// The access lists as files: read at the start, and again whenever an operator says so.

import { UsageError } from '../../shared/errors.ts';
import { fileError } from '../../shared/platform/files.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { AccessLists } from '../access/access-lists.ts';
import { NetworkList } from '../access/network-list.ts';
import { TorrentList } from '../access/torrent-list.ts';
import { readList } from './list-file.ts';

/** Paths; undefined = no such list. */
export interface AccessFileNames {
  readonly allowTorrents: string | undefined;
  readonly denyTorrents: string | undefined;
  readonly banNetworks: string | undefined;
}

/** What became of one file: how many entries are in force, or why those from before are. */
export interface ListReport {
  readonly file: string;
  readonly count?: number;
  readonly error?: string;
}

interface AccessFile {
  readonly file: string;
  /** Reads it and puts it in force; how many entries it has. */
  readonly load: () => Promise<number>;
}

export class AccessFiles {
  readonly #files: readonly AccessFile[];
  readonly #log: Pick<Log, 'info' | 'error'>;
  #current: Promise<readonly ListReport[]> = Promise.resolve([]);
  /** Whether there are lists from before. */
  #isInForce = false;

  constructor(names: AccessFileNames, lists: AccessLists, random: Random, log: Pick<Log, 'info' | 'error'>) {
    this.#log = log;
    this.#files = filesOf(names, lists, random);
  }

  /** Reads all files for the first time; throws a UsageError naming the file that cannot be used. */
  async load(): Promise<void> {
    for (const { file, error } of await this.reload()) {
      if (error !== undefined) throw new UsageError(`${file}: ${error}`);
    }
    this.#isInForce = true;
  }

  /** Reads all files again, one reload after the other. A file that cannot be used leaves its list as it was. */
  reload(): Promise<readonly ListReport[]> {
    this.#current = this.#current.then(() => this.#loadAll());
    return this.#current;
  }

  async #loadAll(): Promise<readonly ListReport[]> {
    const reports: ListReport[] = [];
    for (const { file, load } of this.#files) {
      const report = await load().then(
        (count) => ({ file, count }),
        (error: unknown) => ({ file, error: reasonOf(file, error) }),
      );
      if (!('error' in report)) this.#log.info(report, 'access list read');
      else if (this.#isInForce) this.#log.error(report, 'access list not read, the one from before stays');
      reports.push(report);
    }
    return reports;
  }
}

/** Without the name of the file, which is said already. */
function reasonOf(file: string, error: unknown): string {
  const told = fileError(file, error);
  return told instanceof Error ? told.message.replace(`${file}: `, '') : String(told);
}

function filesOf(names: AccessFileNames, lists: AccessLists, random: Random): AccessFile[] {
  const torrents = (capacity: number): TorrentList => new TorrentList(capacity, random.uint32() | 0);
  const networks = (capacity: number): NetworkList => new NetworkList(capacity, random.uint32() | 0);
  const hash = 'an info hash of 40 or 64 hex digits';
  const network = 'an address or network such as 192.0.2.0/24';
  return [
    ...fileOf(names.allowTorrents, torrents, hash, (list) => {
      lists.allowed = list;
    }),
    ...fileOf(names.denyTorrents, torrents, hash, (list) => {
      lists.denied = list;
    }),
    ...fileOf(names.banNetworks, networks, network, (list) => {
      lists.banned = list;
    }),
  ];
}

function fileOf<List extends TorrentList | NetworkList>(
  file: string | undefined,
  create: (capacity: number) => List,
  entry: string,
  putInForce: (list: List) => void,
): AccessFile[] {
  if (file === undefined) return [];
  const load = async (): Promise<number> => {
    const list = await readList(file, create, entry);
    putInForce(list);
    return list.count;
  };
  return [{ file, load }];
}
