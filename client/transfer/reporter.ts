// What the user hears of a transfer: a line that is written over while it goes on, or one JSON object per thing that happens.

import { countOf, formatSize, formatTime } from '../../shared/platform/amounts.ts';
import { printable } from '../../shared/platform/printable.ts';
import type { Metainfo } from '../../shared/protocol/torrent/metainfo.ts';
import type { Damage } from '../engine/damage-watch.ts';
import type { TransferStatus, WantedFile } from '../engine/transfer.ts';

export interface Reporter {
  /** Announce URLs of nodes that carry it; `failure` when supernodes could not say. */
  trackers(carriers: readonly string[], count: number, failure: string | undefined): void;
  metainfo(metainfo: Metainfo): void;
  /** `downloaded` of `length` bytes were on the disk already. */
  verified(status: TransferStatus): void;
  progress(status: TransferStatus, isSeeding: boolean): void;
  trackerFailed(tracker: string, reason: string): void;
  /** A piece is loaded anew. */
  damaged(damage: Damage): void;
  complete(files: readonly WantedFile[], status: TransferStatus): void;
  ended(reason: string, status: TransferStatus | undefined): void;
}

export interface Outputs {
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
  /** Whether talk goes to a terminal, whose lines can be written over. */
  readonly isTerminal: boolean;
  /** Whether data goes to one, which would obey what is in the names of files. */
  readonly isDataShown: boolean;
}

/** On paper, so many reports of progress are left out for each that is written. */
const PLAIN_EVERY = 10;
const CLEAR_LINE = '\r\x1b[2K';
/** A line that wraps could not be written over (DECAWM). */
const [NO_WRAP, WRAP] = ['\x1b[?7l', '\x1b[?7h'];

/** For people: talk to standard error, the paths of the files to standard output. */
export class TextReporter implements Reporter {
  readonly #outputs: Outputs;
  readonly #isQuiet: boolean;
  #reports = 0;
  #hasLine = false;

  constructor(outputs: Outputs, isQuiet: boolean) {
    this.#outputs = outputs;
    this.#isQuiet = isQuiet;
  }

  trackers(carriers: readonly string[], count: number, failure: string | undefined): void {
    if (failure !== undefined) this.#say(`no carriers known: ${failure}`);
    for (const carrier of carriers) this.#say(`carried by ${carrier}`);
    const others = count - carriers.length;
    if (others > 0) this.#say(`${others} more ${others === 1 ? 'tracker' : 'trackers'} in the torrent`);
  }

  metainfo({ name, length, files }: Metainfo): void {
    this.#say(`${name}: ${files.length === 1 ? '1 file' : `${files.length} files`}, ${formatSize(length)}`);
  }

  verified({ downloaded, length }: TransferStatus): void {
    if (downloaded > 0) this.#say(`verified ${formatSize(downloaded)} of ${formatSize(length)} on the disk`);
  }

  progress(status: TransferStatus, isSeeding: boolean): void {
    const { isTerminal, talk } = this.#outputs;
    if (this.#isQuiet) return;
    const line = progressLine(status, isSeeding);
    if (isTerminal) {
      talk(`${CLEAR_LINE}${NO_WRAP}${line}${WRAP}`);
      this.#hasLine = true;
    } else if (this.#reports++ % PLAIN_EVERY === 0) talk(`${line}\n`);
  }

  trackerFailed(tracker: string, reason: string): void {
    this.#say(`${tracker}: ${reason}`);
  }

  damaged({ piece, peers, dropped }: Damage): void {
    const end = dropped.length > 0 ? `, dropped ${dropped.join(', ')}` : '';
    this.#say(`piece ${piece} came damaged from ${peers.join(', ')}: loading it anew${end}`);
  }

  complete(files: readonly WantedFile[], { length }: TransferStatus): void {
    this.#say(`complete and verified: ${formatSize(length)}`);
    const { out, isDataShown } = this.#outputs;
    out(files.map(({ path }) => `${isDataShown ? printable(path) : path}\n`).join(''));
  }

  ended(reason: string, status: TransferStatus | undefined): void {
    const sums = status === undefined ? '' : `: ${formatSize(status.received)} down, ${formatSize(status.uploaded)} up`;
    this.#say(`${reason}${sums}`);
  }

  #say(text: string): void {
    if (this.#isQuiet) return;
    this.#outputs.talk(`${this.#hasLine ? '\n' : ''}${printable(text)}\n`);
    this.#hasLine = false;
  }
}

/** For programs. */
export class JsonReporter implements Reporter {
  readonly #out: (text: string) => void;

  constructor({ out }: Outputs) {
    this.#out = out;
  }

  trackers(carriers: readonly string[], count: number, failure: string | undefined): void {
    this.#print('trackers', { carriers, count, failure });
  }

  metainfo({ name, length, files, infoHash, infoHashV2 }: Metainfo): void {
    this.#print('metainfo', { name, infoHash, infoHashV2, length, files });
  }

  verified(status: TransferStatus): void {
    this.#print('verified', rounded(status));
  }

  progress(status: TransferStatus, isSeeding: boolean): void {
    this.#print(isSeeding ? 'seeding' : 'downloading', rounded(status));
  }

  trackerFailed(tracker: string, reason: string): void {
    this.#print('tracker-failed', { tracker, reason });
  }

  damaged(damage: Damage): void {
    this.#print('damaged', damage);
  }

  complete(files: readonly WantedFile[], status: TransferStatus): void {
    this.#print('complete', { files, ...rounded(status) });
  }

  ended(reason: string, status: TransferStatus | undefined): void {
    this.#print('ended', { reason, ...(status === undefined ? {} : rounded(status)) });
  }

  #print(event: string, members: object): void {
    this.#out(`${JSON.stringify({ event, ...members })}\n`);
  }
}

/** '43 %  1.2 GiB of 2.8 GiB  down 3.1 MiB/s  up 12.0 KiB/s  8 min left  5 peers (3 of trackers, 1 incoming)', the most wanted first. */
export function progressLine(status: TransferStatus, isSeeding: boolean): string {
  const { length, downloaded, uploaded, downloadRate, uploadRate, peers } = status;
  const count = countOf(peers.tracker + peers.incoming + peers.other, 'peer');
  const people = `${count} (${peers.tracker} of trackers, ${peers.incoming} incoming)`;
  if (isSeeding) {
    const ratio = length === 0 ? 0 : uploaded / length;
    return `seeding  ratio ${ratio.toFixed(2)}  up ${formatSize(uploadRate)}/s, ${formatSize(uploaded)}  ${people}`;
  }
  const percent = length === 0 ? 100 : Math.floor((100 * downloaded) / length);
  const left = downloadRate > 0 ? `  ${formatTime((length - downloaded) / downloadRate)} left` : '';
  const rates = `down ${formatSize(downloadRate)}/s  up ${formatSize(uploadRate)}/s`;
  return `${percent} %  ${formatSize(downloaded)} of ${formatSize(length)}  ${rates}${left}  ${people}`;
}

function rounded(status: TransferStatus): TransferStatus {
  const { downloadRate, uploadRate } = status;
  return { ...status, downloadRate: Math.round(downloadRate), uploadRate: Math.round(uploadRate) };
}
