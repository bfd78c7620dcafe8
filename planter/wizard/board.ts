// The five rows of planting, drawn again and again while it goes on: what is done, what runs, and each node by name.

import type { Clock } from '../../shared/platform/clock.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Content } from '../content.ts';
import { hashingText, type Phase, progressText, type Voice } from '../voice.ts';
import { clip, paint } from './paint.ts';

/** Where it is drawn. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
}

type RowPhase = Exclude<Phase, 'read'>;
type RowState = 'pending' | 'running' | 'done' | 'failed';

interface Row {
  readonly title: string;
  state: RowState;
  readonly details: Detail[];
}

interface Detail {
  readonly text: string;
  readonly isWarning: boolean;
}

/** What is left out last when there is too little room. */
type Weight = 'detail' | 'warning' | 'head';

interface Line {
  readonly text: string;
  readonly weight: Weight;
}

const TITLES: Readonly<Record<RowPhase, string>> = {
  ask: 'Asking supernodes',
  carry: 'Planting on nodes',
  tell: 'Telling supernodes',
  write: 'Rewriting the torrent',
  check: 'Reading it back',
};
const ROW_PHASES = Object.keys(TITLES) as RowPhase[];
const FRAMES = ['◐', '◓', '◑', '◒'];
const FRAME_MS = 100;
const WEIGHTS: readonly Weight[] = ['detail', 'warning'];
/** A name may be wider than its number of characters (DECAWM). */
const [NO_WRAP, WRAP] = ['\x1b[?7l', '\x1b[?7h'];
const ICONS: Readonly<Record<Exclude<RowState, 'running'>, string>> = { pending: '○', done: '◆', failed: '■' };

export class Board implements Voice {
  readonly warnings: string[] = [];
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #rows = new Map<Phase, Row>(ROW_PHASES.map((phase) => [phase, newRow(TITLES[phase])]));
  #running: Row | undefined;
  #hashing: { readonly content: Content; readonly startedAt: number; bytes: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawnLines = 0;
  #frame = 0;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  /** Draws, and goes on doing so. */
  show(): void {
    this.#draw();
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS);
  }

  /** Stops drawing and leaves what was drawn; `show` begins anew below. */
  hide(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#drawnLines = 0;
  }

  /** Draws the end. */
  finish(isSuccess: boolean): void {
    if (this.#running !== undefined) this.#running.state = isSuccess ? 'done' : 'failed';
    // Nothing is drawn over it any more, so that it may scroll.
    this.#draw(Number.POSITIVE_INFINITY);
    this.hide();
  }

  phase(phase: Phase): void {
    if (this.#running !== undefined) this.#running.state = 'done';
    this.#running = this.#rows.get(phase);
    if (this.#running !== undefined) this.#running.state = 'running';
  }

  step(text: string): void {
    this.#running?.details.push({ text: printable(text), isWarning: false });
  }

  warn(text: string): void {
    this.warnings.push(text);
    this.#running?.details.push({ text: printable(text), isWarning: true });
  }

  hashing(content: Content): void {
    this.#hashing = { content, startedAt: this.#clock.now(), bytes: 0 };
  }

  hashed(bytes: number): void {
    if (this.#hashing !== undefined) this.#hashing.bytes = bytes;
  }

  /** The lines as they stand, however many. */
  lines(): string[] {
    return this.#lines().map(({ text }) => text);
  }

  #lines(): Line[] {
    const frame = FRAMES[this.#frame % FRAMES.length]!;
    const rows = [...this.#rows.values()].flatMap((row) => rowLines(row, frame));
    return [...this.#hashingLines(), ...rows];
  }

  #hashingLines(): Line[] {
    if (this.#hashing === undefined) return [];
    const { content, startedAt, bytes } = this.#hashing;
    const seconds = (this.#clock.now() - startedAt) / 1000;
    const bar = paint('dim', '│');
    return [
      { text: `${bar}  ${hashingText(content)}`, weight: 'head' },
      { text: `${bar}  ${progressText(bytes, content.length, seconds)}`, weight: 'head' },
    ];
  }

  /** Lines that scrolled out of the screen could not be drawn over. */
  #draw(room = this.#screen.rows() - 1): void {
    this.#frame++;
    const columns = this.#screen.columns();
    const lines = fold(this.#lines(), room).map(({ text }) => clip(text, columns));
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : '';
    const text = lines.map((line) => `\r\x1b[2K${line}\n`).join('');
    this.#screen.write(`${NO_WRAP}${up}${text}\x1b[0J${WRAP}`);
    this.#drawnLines = lines.length;
  }
}

/** Leaves out the oldest of the least weight until the rest fits. */
function fold(lines: readonly Line[], room: number): Line[] {
  const kept = [...lines];
  for (const weight of WEIGHTS) {
    for (let excess = kept.length - room; excess > 0; excess--) {
      const index = kept.findIndex((line) => line.weight === weight);
      if (index === -1) break;
      kept.splice(index, 1);
    }
  }
  return kept;
}

function newRow(title: string): Row {
  return { title, state: 'pending', details: [] };
}

function rowLines({ title, state, details }: Row, frame: string): Line[] {
  const bar = paint('dim', '│');
  const head = {
    pending: () => `${paint('dim', ICONS.pending)}  ${paint('dim', title)}`,
    running: () => `${paint('cyan', frame)}  ${paint('bold', title)}`,
    done: () => `${paint('green', ICONS.done)}  ${title}`,
    failed: () => `${paint('red', ICONS.failed)}  ${title}`,
  }[state]();
  return [
    { text: head, weight: 'head' },
    ...details.map(({ text, isWarning }): Line => {
      const shown = isWarning ? paint('yellow', `! ${text}`) : text;
      return { text: `${bar}    ${shown}`, weight: isWarning ? 'warning' : 'detail' };
    }),
  ];
}
