// `anatomic plant` as a conversation: welcome; what and how often; planting before one's eyes; what now.

import { dirname } from 'node:path';
import { isLink } from '../../shared/network/torrent-argument.ts';
import { countOf } from '../../shared/platform/amounts.ts';
import { VERSION } from '../../shared/platform/software.ts';
import { adviceFor } from '../advice.ts';
import { checkPlanted, plantSource } from '../batch.ts';
import type { PlantWish } from '../plant.ts';
import type { Planted } from '../planted.ts';
import type { Outcome } from '../report.ts';
import type { Seedling } from '../seedling.ts';
import type { Tools } from '../surroundings.ts';
import { Board } from './board.ts';
import { Cancelled, type Dialogue } from './dialogue.ts';
import { watchCtrlC } from './keyboard.ts';
import type { LastFolder } from './last-folder.ts';
import { plantedBefore } from './planted-before.ts';
import { askWhatNow, type Ending, type WhatNowTools } from './what-now.ts';

export interface WizardTools extends WhatNowTools {
  readonly tools: Tools;
  readonly lastFolder: LastFolder;
  /** Seeds on the same terminal until the user ends it; returns the exit code. */
  readonly seed: (torrent: string, folder: string) => Promise<number>;
}

/** Ctrl-C ended it, as a shell says it. */
export const EXIT_INTERRUPTED = 130;

/** Returns the exit code. */
export async function runWizard(wish: PlantWish, wizard: WizardTools): Promise<number> {
  const { dialogue } = wizard;
  let planted = 0;
  const sum = (): string => (planted === 0 ? 'nothing was planted' : `${countOf(planted, 'torrent')} planted`);
  dialogue.welcome(VERSION);
  try {
    for (;;) {
      const ending = await plantOne(wish, wizard, () => planted++);
      if (ending === 'another') continue;
      dialogue.goodbye('Happy sharing.');
      return ending === 'finish' ? 0 : await wizard.seed(ending.torrent, ending.folder);
    }
  } catch (error) {
    if (error instanceof GivenUp) {
      dialogue.goodbye(`The end: ${sum()}.`);
      return 1;
    }
    if (!(error instanceof Cancelled)) throw error;
    dialogue.cancelled(error.message || `Ended by you: ${sum()}.`);
    return EXIT_INTERRUPTED;
  }
}

/** Thrown when the user has had enough of failures. */
class GivenUp extends Error {}

async function plantOne(preset: PlantWish, wizard: WizardTools, onPlanted: () => void): Promise<Ending> {
  const { dialogue, lastFolder, tools } = wizard;
  const source = await dialogue.source(await lastFolder.read());
  if (!isLink(source)) await lastFolder.write(dirname(source));
  const copies = await dialogue.copies(preset.copies);
  const before = await plantedBefore(source, tools);
  if (before !== undefined && !(await dialogue.confirm(`Planted ${before}. Plant it again?`))) {
    return 'another';
  }
  const outcome = await plantUntilDone(source, { ...preset, copies }, wizard);
  if (outcome === undefined) return 'another';
  onPlanted();
  return askWhatNow(outcome, wizard);
}

/** undefined when the user rather chooses something else. */
async function plantUntilDone(source: string, wish: PlantWish, wizard: WizardTools): Promise<Planted | undefined> {
  const { dialogue } = wizard;
  dialogue.say('Step 3 of 4: planting');
  const opened = {};
  for (let current = wish; ; ) {
    const outcome = await watchPlanting(source, current, opened, wizard);
    if ('planted' in outcome) return outcome.planted;
    const { error, code } = 'error' in outcome ? outcome : { error: '', code: '' };
    dialogue.show(`${error}\n\n${adviceFor(code)}`, 'That did not work');
    const answer = await dialogue.choose('What now?', [
      code === 'private' ? { value: 'retry', label: 'Plant it all the same' } : { value: 'retry', label: 'Try again' },
      { value: 'another', label: 'Choose something else' },
      { value: 'quit', label: 'Quit' },
    ]);
    if (answer === 'quit') throw new GivenUp();
    if (answer === 'another') return undefined;
    if (code === 'private') current = { ...current, allowsPrivate: true };
  }
}

/** Plants with the board on the screen. Ctrl-C asks, and planting goes on meanwhile; throws Cancelled when it was meant. */
async function watchPlanting(
  source: string,
  wish: PlantWish,
  opened: { seedling?: Seedling },
  wizard: WizardTools,
): Promise<Outcome> {
  const { tools, screen, dialogue, keys } = wizard;
  const board = new Board(screen, tools.clock);
  const done = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const watch = (): (() => void) => watchCtrlC(keys, () => void ask().catch(stopped.reject));
  const ask = async (): Promise<void> => {
    release();
    board.hide();
    const isMeant = await confirmStop(dialogue, done.signal);
    if (isMeant) throw new Cancelled(STOPPED);
    if (done.signal.aborted) return;
    release = watch();
    board.show();
  };
  let release = watch();
  board.show();
  const planting = plantSource(source, wish, tools, board, opened).then(
    async (outcome) => (await checkPlanted([outcome], tools, () => board))[0]!,
  );
  // Should it be stopped, nobody waits for its end any longer.
  planting.catch(() => undefined);
  try {
    const outcome = await Promise.race([planting, stopped.promise]);
    board.finish('planted' in outcome);
    return outcome;
  } finally {
    done.abort();
    board.hide();
    release();
  }
}

const STOPPED = 'Stopped. Some nodes may carry it already: planting it again does no harm.';

async function confirmStop(dialogue: Dialogue, signal: AbortSignal): Promise<boolean> {
  try {
    return await dialogue.confirm('Planting is under way. Stop it?', signal);
  } catch (error) {
    // A second Ctrl-C is an answer too.
    if (error instanceof Cancelled) return true;
    throw error;
  }
}
