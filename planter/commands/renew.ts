// Runs `anatomic renew`: plants anew what would lapse, best by a timer once a day.

import { PublicError } from '../../shared/errors.ts';
import { readTorrentArgument } from '../../shared/network/torrent-argument.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { MAX_TORRENTS, PLANTER_OPTIONS } from '../config.ts';
import { ofKeysAtHand, type PlantedEntry } from '../planted-list.ts';
import { isDue, type Renewal, renewAll } from '../renew.ts';
import { prepare, type Surroundings, surround, type Tools } from '../surroundings.ts';

const OPTIONS = defineOptions({
  command: 'anatomic renew',
  summary:
    'Plants anew what was planted from this machine, since a plant lapses after 90 days: those older than 30 days, or each ' +
    'TORRENT named (a .torrent, a magnet link or an info hash). Lost copies are made up for. Files are not changed.',
  positionals: { name: 'TORRENT', min: 0, max: MAX_TORRENTS },
  options: {
    ...PLANTER_OPTIONS,
    all: { kind: 'boolean', group: 'Torrent', help: 'Renew everything, however recent.' },
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

/** Returns the exit code: 0 when all that is due was renewed, else 1. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides, environment);
  const { out, talk } = surroundings;
  const command = readCommand(OPTIONS, { argv, environment, out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const tools = prepare(config, environment, surroundings);
  try {
    const entries = await tools.planted.read();
    const isWanted = (entry: PlantedEntry) => config.all || isDue(entry, surroundings.clock.now());
    const wanted = positionals.length > 0 ? await named(positionals, entries, tools) : entries.filter(isWanted);
    const due = await ofKeysAtHand(wanted, tools.signerFor);
    const renewals = await renewAll(due, tools, talk);
    const failed = renewals.filter(({ planted }) => planted === undefined).length;
    for (const { agedFile } of renewals) {
      if (agedFile !== undefined)
        talk(`${printable(agedFile)} names other nodes: anatomic announce-list writes them anew\n`);
    }
    if (config.json) out(toJson(renewals));
    const others = wanted.length - due.length;
    const ofOthers = others === 0 ? '' : `, ${others} planted with other keys (--key FILE)`;
    talk(`${due.length - failed} renewed, ${failed} failed, ${entries.length - wanted.length} not due${ofOthers}\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await tools.close();
  }
}

async function named(
  torrents: readonly string[],
  entries: readonly PlantedEntry[],
  tools: Tools,
): Promise<PlantedEntry[]> {
  const found = new Set<PlantedEntry>();
  for (const torrent of torrents) {
    const { hashes } = await readTorrentArgument(torrent);
    const same = entries.filter((candidate) => candidate.hashes.some((hash) => hashes.includes(hash)));
    const [entry] = await ofKeysAtHand(same, tools.signerFor);
    if (entry === undefined) {
      const reason =
        same.length === 0 ? 'was not planted from this machine' : 'was planted with another key: --key FILE';
      throw new PublicError('not-planted', `${torrent} ${reason}`);
    }
    found.add(entry);
  }
  return [...found];
}

function toJson(renewals: readonly Renewal[]): string {
  const torrents = renewals.map(({ entry, planted, error, agedFile }) => ({
    name: entry.name,
    hashes: entry.hashes,
    status: planted === undefined ? 'failed' : 'renewed',
    error,
    carriers: planted?.carriers.map(({ id, url }) => ({ id, url })),
    agedFile,
    warnings: planted?.warnings,
  }));
  return `${JSON.stringify({ torrents }, null, 2)}\n`;
}
