// Runs `anatomic create`: makes a .torrent and does nothing else with it.

import { basename, dirname, join, resolve } from 'node:path';
import { PublicError, UsageError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../../shared/platform/clock.ts';
import { readCommand } from '../../shared/platform/command.ts';
import { fileError, isThere, writeAtomically } from '../../shared/platform/files.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import type { Environment } from '../../shared/platform/user-directories.ts';
import { METAINFO_LIMITS, rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { type Content, listContent } from '../content.ts';
import { makeTorrent } from '../create/create.ts';
import { CREATE_OPTIONS, readCreateWish } from '../create/options.ts';
import { hashingText, progressText } from '../voice.ts';

/** What a test may put in the place of the real thing. */
export interface Surroundings {
  readonly clock: Clock;
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
  /** Whether talk goes to a terminal, whose lines can be written over. */
  readonly isTerminal: boolean;
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
    isTerminal: process.stderr.isTTY === true,
    ...overrides,
  };
  const command = readCommand(OPTIONS, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const source = resolve(positionals[0]!);
  const output = resolve(config.output ?? join(dirname(source), `${basename(source)}.torrent`));
  if (!config.force && (await isThere(output))) throw new UsageError(`${output} exists: --force writes over it`);
  try {
    const content = await listContent(source);
    const made = await makeTorrent(content, readCreateWish(config), toolsFor(content, surroundings));
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

/** Progress goes to a terminal only, over one line. */
function toolsFor(content: Content, { clock, talk, isTerminal }: Surroundings) {
  const startedAt = clock.now();
  talk(`${hashingText(content)}\n`);
  return {
    now: startedAt,
    hashed: (bytes: number): void => {
      if (!isTerminal) return;
      const line = progressText(bytes, content.length, (clock.now() - startedAt) / 1000);
      talk(`\r\x1b[2K${line}${bytes >= content.length ? '\n' : ''}`);
    },
  };
}
