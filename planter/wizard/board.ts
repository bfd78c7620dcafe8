// The four rows of planting, drawn again and again while it goes on: what is done, what runs, and each node by name.

import { formatSize, formatTime } from '../../shared/platform/amounts.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Content } from '../content.ts';
import { hashingText, type Phase, type Voice } from '../voice.ts';
import { clip, paint } from './paint.ts';

/** Where it is drawn. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
}

type RowPhase = Exclude<Phase, 'read'>;
type RowState = 'pending' | 'running' | 'done' | 'failed';

interface Row {
  readonly title: string;
  state: RowState;
  readonly details: { readonly text: string; readonly isWarning: boolean }[];
}

const TITLES: Readonly<Record<RowPhase, string>> = {
  ask: 'Asking supernodes',
  carry: 'Planting on nodes',
  tell: 'Telling supernodes',
  write: 'Rewriting the torrent',
};
const ROW_PHASES = Object.keys(TITLES) as RowPhase[];
const FRAMES = ['◐', '◓', '◑', '◒'];
const FRAME_MS = 100;
const BAR_WIDTH = 24;
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
    this.#draw();
    this.hide();
  }

  phase(phase: Phase): void {
    if (this.#running !== undefined) this.#running.state = 'done';
    this.#running = this.#rows.get(phase);
    if (this.#running !== undefined) this.#running.state = 'running';
  }

  step(text: string): void {
    this.#running?.details.push({ text, isWarning: false });
  }

  warn(text: string): void {
    this.warnings.push(text);
    this.#running?.details.push({ text, isWarning: true });
  }

  hashing(content: Content): void {
    this.#hashing = { content, startedAt: this.#clock.now(), bytes: 0 };
  }

  hashed(bytes: number): void {
    if (this.#hashing !== undefined) this.#hashing.bytes = bytes;
  }

  /** The lines as they stand. */
  lines(): string[] {
    const frame = FRAMES[this.#frame % FRAMES.length]!;
    const rows = [...this.#rows.values()].flatMap((row) => rowLines(row, frame));
    return [...this.#hashingLines(), ...rows];
  }

  #hashingLines(): string[] {
    if (this.#hashing === undefined) return [];
    const { content, startedAt, bytes } = this.#hashing;
    const seconds = (this.#clock.now() - startedAt) / 1000;
    return [`${paint('dim', '│')}  ${hashingText(content)} ${progressText(bytes, content.length, seconds)}`];
  }

  #draw(): void {
    this.#frame++;
    const columns = this.#screen.columns();
    const lines = this.lines().map((line) => clip(line, columns));
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : '';
    this.#screen.write(`${up}${lines.map((line) => `\r\x1b[2K${line}\n`).join('')}\x1b[0J`);
    this.#drawnLines = lines.length;
  }
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

function newRow(title: string): Row {
  return { title, state: 'pending', details: [] };
}

function rowLines({ title, state, details }: Row, frame: string): string[] {
  const bar = paint('dim', '│');
  const head = {
    pending: () => `${paint('dim', ICONS.pending)}  ${paint('dim', title)}`,
    running: () => `${paint('cyan', frame)}  ${paint('bold', title)}`,
    done: () => `${paint('green', ICONS.done)}  ${title}`,
    failed: () => `${paint('red', ICONS.failed)}  ${title}`,
  }[state]();
  return [
    head,
    ...details.map(({ text, isWarning }) => `${bar}    ${isWarning ? paint('yellow', `! ${text}`) : text}`),
  ];
}
