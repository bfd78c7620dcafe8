// Runs `anatomic create`: makes a .torrent and does nothing else with it.

import { basename, dirname, join, resolve } from 'node:path';
import { PublicError, UsageError } from '../../shared/errors.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { fileError, isThere, writeAtomically } from '../../shared/platform/files.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { METAINFO_LIMITS, rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { listContent } from '../content.ts';
import { makeTorrent } from '../create/create.ts';
import { CREATE_OPTIONS, readCreateWish } from '../create/options.ts';
import { checkWritable } from '../torrent-file.ts';
import { createHashingVoice, isTerminal, type Talk } from '../voice.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings extends Talk {
  readonly out: (text: string) => void;
}

const OPTIONS = defineOptions({
  command: 'anatomic create',
  summary:
    'Makes NAME.torrent of a file or folder, without planting it: `anatomic plant` makes one too. Hidden files and what file ' +
    'managers leave behind stay out.',
  positionals: { name: 'PATH', min: 1, max: 1 },
  options: {
    output: { kind: 'path', valueName: 'FILE', group: 'Output', help: 'Write it here, not beside PATH.' },
    force: { kind: 'boolean', group: 'Output', help: 'Write over a file that is there.' },
    tracker: {
      kind: 'url',
      protocols: ['http:', 'https:', 'udp:', 'ws:', 'wss:'],
      isRepeatable: true,
      group: 'Making torrents',
      help: 'An announce URL to write into it.',
    },
    ...CREATE_OPTIONS,
  },
});

/** Returns the exit code. Throws UsageError, and PublicError for what cannot be made. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings: Surroundings = {
    clock: systemClock,
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    isTalkSeen: isTerminal(process.stderr, environment),
    ...overrides,
  };
  const command = readCommand(OPTIONS, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const source = resolve(positionals[0]!);
  const output = resolve(config.output ?? join(dirname(source), `${basename(source)}.torrent`));
  await checkWritable(output);
  if (!config.force && (await isThere(output))) throw new UsageError(`${output} exists: --force writes over it`);
  try {
    const content = await listContent(source);
    const { hashing, hashed } = createHashingVoice(surroundings);
    hashing(content);
    const made = await makeTorrent(content, readCreateWish(config), { now: surroundings.clock.now(), hashed });
    const bytes = rewriteDictionary(made, trackerMembers(config.tracker), METAINFO_LIMITS);
    const { infoHash, infoHashV2 } = readMetainfo(bytes);
    await writeAtomically(output, bytes);
    surroundings.talk(`${[infoHash, infoHashV2].filter((hash) => hash !== undefined).join('\n')}\n`);
    surroundings.out(`${output}\n`);
    return 0;
  } catch (error) {
    throw error instanceof PublicError ? error : fileError(source, error);
  }
}

function trackerMembers(trackers: readonly string[]) {
  const [announce] = trackers;
  if (announce === undefined) return {};
  return { announce, 'announce-list': trackers.length > 1 ? [trackers] : undefined };
}
