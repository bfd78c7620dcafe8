// What `anatomic NAME` means: finds the role by its name and turns errors into one line and an exit code.
// A role is imported only when it is asked for, so that planting does not load a tracker.

import { PublicError, UsageError } from '../shared/errors.ts';
import { nearestName } from '../shared/platform/nearest-name.ts';
import { printable } from '../shared/platform/printable.ts';
import { VERSION } from '../shared/platform/software.ts';
import type { Environment } from '../shared/platform/user-directories.ts';
import { endWithNpm } from './launcher.ts';

type Main = (argv: readonly string[], environment: Environment) => Promise<number>;

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ readonly main: Main }>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  up: { summary: 'run a whole network on this machine', load: () => import('./up.ts') },
  node: { summary: 'run a node: a tracker that shares its peers', load: () => import('../node/main.ts') },
  supernode: {
    summary: 'run a supernode: it knows which node carries which torrent',
    load: () => import('../supernode/main.ts'),
  },
  check: {
    summary: 'check trackers of any kind, as their clients see them',
    load: () => import('../client/check/main.ts'),
  },
  plant: {
    summary: 'plant files, folders, .torrent files or magnet links on the network',
    load: () => import('../planter/main.ts'),
  },
  create: { summary: 'make a .torrent without planting it', load: () => import('../planter/commands/create.ts') },
  uproot: { summary: 'take back what you planted', load: () => import('../planter/commands/uproot.ts') },
  renew: { summary: 'plant anew what would lapse', load: () => import('../planter/commands/renew.ts') },
  'announce-list': {
    summary: 'bring the trackers in a .torrent up to date',
    load: () => import('../planter/commands/announce-list.ts'),
  },
  keys: { summary: 'show, export or import your key', load: () => import('../planter/commands/keys.ts') },
  get: { summary: 'download a torrent, planted or not', load: () => import('../client/get/main.ts') },
  seed: { summary: 'give data that is here to those who download it', load: () => import('../client/seed/main.ts') },
  status: {
    summary: 'tell who carries a torrent, and what is missing',
    load: () => import('../client/status/main.ts'),
  },
};

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Runs one command. Returns the exit code: 0 success, 1 failure, 2 wrong usage. */
export async function run(argv: readonly string[], environment: Environment): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onOutputError);
  const [name, ...rest] = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1, 2), '--help'] : argv;
  if (name === '--version' || name === '-V') return print(`${VERSION}\n`);
  if (name === '--help' || name === '-h' || name === 'help') return print(help());
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(name === undefined ? help() : unknown(name));
    return EXIT_USAGE;
  }
  try {
    endWithNpm(environment);
    const { main } = await command.load();
    return await main(rest, environment);
  } catch (error) {
    return report(error, `anatomic ${name}`);
  }
}

function unknown(name: string): string {
  const nearest = nearestName(name, Object.keys(COMMANDS));
  const guess = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `anatomic: no command '${printable(name)}'${guess}\nTry: anatomic --help\n`;
}

function report(error: unknown, command: string): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${command}: ${printable(error.message)}\nTry: ${command} --help\n`);
    return EXIT_USAGE;
  }
  const text = isForeseen(error)
    ? messages(error).split('\n').map(printable).join('\n')
    : String((error instanceof Error && error.stack) || error);
  process.stderr.write(`${command}: ${text}\n`);
  return EXIT_FAILURE;
}

/** What code throws on purpose, and what the system refuses (EADDRINUSE). A TypeError and its like is a defect, whose stack helps. */
function isForeseen(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof PublicError || 'code' in error || Object.getPrototypeOf(error) === Error.prototype;
}

/** The message and those of its causes, from what was wanted down to what went wrong, each said once. What a stranger may read is said in full. */
function messages(error: Error): string {
  const { message, cause } = error;
  if (!(cause instanceof Error) || error instanceof PublicError) return message;
  const reason = messages(cause);
  return message.includes(reason) ? message : `${message}: ${reason}`;
}

/**
 * Whoever reads the output may go, as in `anatomic up | head`, and a terminal may be closed: the work goes on. So it does when
 * the disk is full, but then the command has failed.
 */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EIO' || process.exitCode === EXIT_FAILURE) return;
  process.exitCode = EXIT_FAILURE;
  process.stderr.write(`anatomic: the output cannot be written: ${error.message}\n`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function help(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}\n`);
  return `Usage: anatomic COMMAND [OPTIONS]

A decentralised BitTorrent tracker network.

Commands:
${rows.join('')}
Options:
  --help     this text; \`anatomic COMMAND --help\` tells the options of a command
  --version  the version
`;
}
