// The supernodes that worked, so that the next command needs nobody else to find the network. Losing the file costs nothing.

import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, writeAtomically } from '../platform/files.ts';
import { parseObject } from '../platform/json.ts';
import { formatNamedSupernode, type NamedSupernode, namedSupernodesIn } from './named-supernode.ts';
import { isLoopback } from './supernode-sources.ts';

const MAX_REMEMBERED = 16;
const MAX_NETWORKS = 16;
/** Beyond what the bounds above can fill: then somebody else wrote it. */
const MAX_FILE_BYTES = 256 * 1024;

export class SupernodeMemory {
  readonly #file: string;
  readonly #network: string;

  /** `network` is what the user named as such: supernodes of one network are never taken for another's. Empty: nothing. */
  constructor(file: string, network: string) {
    this.#file = file;
    this.#network = network;
  }

  /** The latest first, each with its id; none when the file is absent, too large or damaged. */
  async recall(): Promise<NamedSupernode[]> {
    return (await this.#read()).get(this.#network) ?? [];
  }

  /** Puts these first; those on this machine are left out, since the next network there may be another. Rejects with the system's error. */
  async remember(supernodes: readonly NamedSupernode[]): Promise<void> {
    const lasting = supernodes.filter(({ url }) => !isLoopback(url));
    if (lasting.length === 0) return;
    const networks = await this.#read();
    const others = (networks.get(this.#network) ?? []).filter((old) => !lasting.some((kept) => isSame(kept, old)));
    networks.delete(this.#network);
    const all = [[this.#network, [...lasting, ...others].slice(0, MAX_REMEMBERED)] as const, ...networks];
    const written = all.slice(0, MAX_NETWORKS).map(([name, kept]) => [name, kept.map(formatNamedSupernode)] as const);
    makeFolder(dirname(this.#file));
    await writeAtomically(this.#file, `${JSON.stringify({ networks: Object.fromEntries(written) }, null, 2)}\n`);
  }

  /** By network, the one used last first. */
  async #read(): Promise<Map<string, NamedSupernode[]>> {
    const text = await readBounded(this.#file).catch(() => '{}');
    const { networks } = parseObject(text);
    if (typeof networks !== 'object' || networks === null) return new Map();
    const entries = Object.entries(networks).map(([name, kept]) => {
      const supernodes = Array.isArray(kept) ? namedSupernodesIn(kept).slice(0, MAX_REMEMBERED) : [];
      return [name, supernodes] as const;
    });
    return new Map(entries.slice(0, MAX_NETWORKS));
  }
}

/** A supernode that moved takes its old URL along; one that came back with another key takes the place of the former. */
function isSame(a: NamedSupernode, b: NamedSupernode): boolean {
  return a.url === b.url || (a.id !== undefined && a.id === b.id);
}

async function readBounded(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw new RangeError(`more than ${MAX_FILE_BYTES} bytes`);
  return readFile(file, 'utf8');
}
