// Runs `anatomic keys`: shows the planter's key, gives it out for another machine, takes one from there.

import { randomUUID } from 'node:crypto';
import { link, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PublicError, UsageError } from '../../shared/errors.ts';
import { readCommand } from '../../shared/platform/command.ts';
import {
  createAtomically,
  fileError,
  hasCode,
  makeFolder,
  placeError,
  writeAtomically,
} from '../../shared/platform/files.ts';
import { readSigner } from '../../shared/platform/keys.ts';
import { defineOptions } from '../../shared/platform/options.ts';
import { configDirectory, type Environment } from '../../shared/platform/user-directories.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { PLANTER_OPTIONS } from '../config.ts';
import { KeyRing } from '../key-ring.ts';
import { type Surroundings, surround } from '../surroundings.ts';

const OPTIONS = defineOptions({
  command: 'anatomic keys',
  summary:
    'Your key, with which you plant: `anatomic keys` shows its id and file, `anatomic keys export [FILE]` writes it to a file or to ' +
    'standard output, `anatomic keys import FILE` takes it over on another machine. Whoever has it can uproot what you planted.',
  positionals: { name: 'show|export|import', min: 0, max: 2 },
  options: {
    key: PLANTER_OPTIONS.key,
    replace: {
      kind: 'boolean',
      help: 'Import over a key that is there, which is kept beside the new one under another name.',
    },
    json: { kind: 'boolean', help: 'Print one JSON document; for show.' },
  },
});

const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/** Returns the exit code. Throws UsageError for an action that is none. */
export async function main(
  argv: readonly string[],
  environment: Environment,
  overrides: Partial<Surroundings> = {},
): Promise<number> {
  const surroundings = surround(overrides, environment);
  const command = readCommand(OPTIONS, { argv, environment, out: surroundings.out });
  if (command === undefined) return 0;
  const { config, positionals } = command;
  const ring = new KeyRing(configDirectory(environment), config.key);
  const [action = 'show', file] = positionals;
  if (action === 'show' && file === undefined) await show(ring, config.json, surroundings);
  else if (action === 'export') await exportKey(ring, file, surroundings);
  else if (action === 'import' && file !== undefined) await importKey(ring, file, config.replace, surroundings);
  else throw new UsageError(action === 'import' ? 'import: FILE is missing' : 'expected show, export or import');
  return 0;
}

async function show(ring: KeyRing, isJson: boolean, { out }: Surroundings): Promise<void> {
  const { id } = await ring.own();
  out(isJson ? `${JSON.stringify({ id, file: ring.file }, null, 2)}\n` : `${id}\n  ${ring.file}\n`);
}

async function exportKey(ring: KeyRing, file: string | undefined, { out, talk }: Surroundings): Promise<void> {
  const { id } = await ring.own();
  const pem = await readFile(ring.file, 'utf8');
  if (file === undefined) {
    out(pem);
    return;
  }
  await createAtomically(file, pem, OWNER_ONLY).catch((error: unknown) => {
    throw placeError(file, error);
  });
  talk(`wrote the key ${id} to ${file}: keep it secret\n`);
}

async function importKey(ring: KeyRing, from: string, isReplaced: boolean, { talk }: Surroundings): Promise<void> {
  const pem = await readFile(from, 'utf8').catch((error: unknown) => {
    throw fileError(from, error);
  });
  const { id } = signerIn(pem, from);
  try {
    makeFolder(dirname(ring.file), OWNER_ONLY_DIRECTORY);
  } catch (error) {
    throw fileError(dirname(ring.file), error);
  }
  const kept = isReplaced ? await keepPresent(ring.file) : undefined;
  const put = isReplaced ? writeAtomically : createAtomically;
  await put(ring.file, pem, OWNER_ONLY).catch((error: unknown) => {
    throw hasCode(error, 'EEXIST')
      ? new PublicError('key', `${ring.file} holds a key already: --replace takes its place`)
      : placeError(ring.file, error);
  });
  if (kept !== undefined) talk(`the key that was there is kept as ${kept}\n`);
  talk(`${ring.file} holds the key ${id} now\n`);
}

function signerIn(pem: string, file: string): Signer {
  try {
    return readSigner(pem);
  } catch (cause) {
    throw new PublicError('key', `${file} holds no Ed25519 private key in PEM form`, { cause });
  }
}

/** Gives a key that is there a second name, so that at no moment there is none; undefined when there is none. */
async function keepPresent(file: string): Promise<string | undefined> {
  const kept = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    await link(file, kept);
    return kept;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileError(file, error);
  }
}
