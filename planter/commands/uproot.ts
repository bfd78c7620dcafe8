// Runs `anatomic uproot`: takes torrents back that were planted with the same key.

import { PublicError } from '../../shared/errors.ts';
import { readTorrentArgument } from '../../shared/network/torrent-argument.ts';
import { countOf } from '../../shared/platform/amounts.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { bounded } from '../bounded.ts';
import { JOBS, MAX_TORRENTS, PLANTER_OPTIONS } from '../config.ts';
import { doneLine, failedLine } from '../report.ts';
import { prepare, type Surroundings, surround, type Tools } from '../surroundings.ts';
import { type Uprooted, uproot } from '../uproot.ts';
import { createVoice, type Voice } from '../voice.ts';

const OPTIONS = defineOptions({
  command: 'anatomic uproot',
  summary:
    'Takes torrents back: tells the nodes that carry them, and supernodes, that your key wants them carried no longer. ' +
    'Files are not changed. TORRENT is a .torrent, a magnet link or an info hash.',
  positionals: { name: 'TORRENT', min: 1, max: MAX_TORRENTS },
  options: {
    ...PLANTER_OPTIONS,
    json: { kind: 'boolean', group: 'Output', help: 'Print one JSON document.' },
  },
});

type Outcome = { readonly torrent: string } & ({ readonly uprooted: Uprooted } | { readonly error: PublicError });

/** Returns the exit code: 0 when every torrent was uprooted, else 1. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides, environment);
  const { out } = surroundings;
  const command = readCommand(OPTIONS, { argv, environment, out });
  if (command === undefined) return 0;
  const tools = prepare(command.config, environment, surroundings);
  try {
    const { positionals } = command;
    const one = positionals.length === 1 ? uprootAlone : uprootAmongMany;
    const outcomes = await bounded(positionals, JOBS, (torrent) => one(torrent, tools, surroundings));
    out(command.config.json ? toJson(outcomes) : toText(outcomes));
    return outcomes.every((outcome) => 'uprooted' in outcome) ? 0 : 1;
  } finally {
    await tools.close();
  }
}

/** Tells each step. */
async function uprootAlone(torrent: string, tools: Tools, { talk }: Surroundings): Promise<Outcome> {
  talk(`${printable(torrent)}\n`);
  const outcome = await uprootOne(torrent, tools, createVoice(talk));
  if ('error' in outcome) talk(`  failed: ${printable(outcome.error.message)}\n`);
  return outcome;
}

/** Tells what came of it. */
async function uprootAmongMany(torrent: string, tools: Tools, { talk }: Surroundings): Promise<Outcome> {
  const voice = createVoice(() => undefined);
  const outcome = await uprootOne(torrent, tools, voice);
  if ('error' in outcome) {
    talk(failedLine(torrent, outcome.error.message));
  } else {
    const what = `uprooted from ${countOf(outcome.uprooted.nodes.length, 'node')}`;
    talk(doneLine(torrent, what, voice.warnings));
  }
  return outcome;
}

async function uprootOne(torrent: string, tools: Tools, voice: Voice): Promise<Outcome> {
  try {
    const uprooted = await uproot(await readTorrentArgument(torrent), { ...tools, voice });
    await tools.planted.remove(uprooted.planter, uprooted.hashes, voice.warn);
    return { torrent, uprooted };
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return { torrent, error };
  }
}

function toText(outcomes: readonly Outcome[]): string {
  return outcomes
    .flatMap((outcome) => ('uprooted' in outcome ? [`uprooted ${outcome.uprooted.hashes.join(' and ')}\n`] : []))
    .join('');
}

function toJson(outcomes: readonly Outcome[]): string {
  const torrents = outcomes.map((outcome) =>
    'uprooted' in outcome
      ? { torrent: outcome.torrent, status: 'uprooted', ...outcome.uprooted }
      : { torrent: outcome.torrent, status: 'failed', code: outcome.error.code, error: outcome.error.message },
  );
  return `${JSON.stringify({ torrents }, null, 2)}\n`;
}
