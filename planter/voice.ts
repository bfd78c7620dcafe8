// Talk while a torrent is planted: what begins, what was done, what went wrong.

import { countOf, formatSize, formatTime } from '../shared/platform/amounts.ts';
import type { Clock } from '../shared/platform/clock.ts';
import { printable } from '../shared/platform/printable.ts';
import type { Environment } from '../shared/platform/user-directories.ts';
import type { Content } from './content.ts';

/** With the longest rate and time the whole line fits 60 columns. */
const BAR_WIDTH = 20;

/** The parts of planting, in their order. */
export type Phase = 'read' | 'ask' | 'carry' | 'tell' | 'write' | 'check';

/** Told how far hashing is. */
export interface HashingVoice {
  /** Files are about to be hashed. */
  readonly hashing: (content: Content) => void;
  /** So many bytes of them were. */
  readonly hashed: (bytes: number) => void;
}

export interface Voice extends HashingVoice {
  readonly phase: (phase: Phase) => void;
  readonly step: (text: string) => void;
  readonly warn: (text: string) => void;
  /** All warnings so far. */
  readonly warnings: readonly string[];
}

/** Where talk goes. */
export interface Talk {
  readonly clock: Clock;
  readonly talk: (text: string) => void;
  /** Whether to a terminal, whose lines can be written over. */
  readonly isTalkSeen: boolean;
}

/** Whether lines can be written over: not on a terminal that calls itself dumb, as those within editors do. */
export function isTerminal(stream: { readonly isTTY?: boolean }, { TERM }: Environment): boolean {
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Talks through `write`, one line at a time; of hashing only where there is something to hash. */
export function createVoice(write: (text: string) => void, hashing: HashingVoice = SILENT): Voice {
  const warnings: string[] = [];
  return {
    ...hashing,
    phase: () => undefined,
    step: (text) => write(`  ${printable(text)}\n`),
    warn: (text) => {
      warnings.push(text);
      write(`  warning: ${printable(text)}\n`);
    },
    warnings,
  };
}

const SILENT: HashingVoice = { hashing: () => undefined, hashed: () => undefined };

/** Says what is hashed, and on a terminal how far it is, over one line that begins with `indent`. */
export function createHashingVoice({ clock, talk, isTalkSeen }: Talk, indent = ''): HashingVoice {
  let length = 0;
  let startedAt = 0;
  return {
    hashing: (content) => {
      ({ length } = content);
      startedAt = clock.now();
      talk(`${indent}${hashingText(content)}\n`);
    },
    hashed: (bytes) => {
      if (!isTalkSeen) return;
      const line = progressText(bytes, length, (clock.now() - startedAt) / 1000);
      talk(`\r\x1b[2K${indent}${line}${bytes >= length ? '\n' : ''}`);
    },
  };
}

/** 'hashing 3 files, 1.2 GiB' */
export function hashingText({ files, length }: Content): string {
  return `hashing ${countOf(files.length, 'file')}, ${formatSize(length)}`;
}

/** '[######      ] 50 %, 310.0 MiB/s, 4 s left' */
export function progressText(done: number, total: number, seconds: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
  const percent = `${bar} ${Math.floor(share * 100)} %`;
  if (seconds <= 0 || done === 0) return percent;
  const rate = done / seconds;
  const left = done < total ? `, ${formatTime((total - done) / rate)} left` : '';
  return `${percent}, ${formatSize(rate)}/s${left}`;
}
