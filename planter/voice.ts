// Talk while a torrent is planted: what begins, what was done, what went wrong.

import { countOf, formatSize, formatTime } from '../shared/platform/amounts.ts';
import { printable } from '../shared/platform/printable.ts';
import type { Content } from './content.ts';

const BAR_WIDTH = 24;

/** The parts of planting, in their order. */
export type Phase = 'read' | 'ask' | 'carry' | 'tell' | 'write' | 'check';

export interface Voice {
  readonly phase: (phase: Phase) => void;
  readonly step: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Files are about to be hashed. */
  readonly hashing: (content: Content) => void;
  /** So many bytes of them were. */
  readonly hashed: (bytes: number) => void;
  /** All warnings so far. */
  readonly warnings: readonly string[];
}

/** Talks through `write`, one line at a time. */
export function createVoice(write: (text: string) => void): Voice {
  const warnings: string[] = [];
  return {
    phase: () => undefined,
    step: (text) => write(`  ${printable(text)}\n`),
    warn: (text) => {
      warnings.push(text);
      write(`  warning: ${printable(text)}\n`);
    },
    hashing: (content) => write(`  ${hashingText(content)}\n`),
    hashed: () => undefined,
    warnings,
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
