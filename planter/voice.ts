// Talk while a torrent is planted: what begins, what was done, what went wrong.

import { countOf, formatSize } from '../shared/platform/amounts.ts';
import { printable } from '../shared/platform/printable.ts';
import type { Content } from './content.ts';

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
