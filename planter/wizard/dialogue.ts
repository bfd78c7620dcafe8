// What the wizard says and asks. The one door to @clack/prompts.

import { autocomplete, cancel, confirm, intro, isCancel, log, note, outro, select } from '@clack/prompts';
import { printable } from '../../shared/platform/printable.ts';
import { wrap } from '../../shared/platform/wrap.ts';
import { MAX_COPIES } from '../../shared/protocol/records/statements.ts';
import { DEFAULT_COLUMNS } from './paint.ts';
import { chosenPath, suggestPaths } from './suggestions.ts';

/** Thrown when the user ends the wizard. */
export class Cancelled extends Error {}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

/** Every question throws Cancelled on Ctrl-C. */
export interface Dialogue {
  welcome(version: string): void;
  say(text: string): void;
  /** A box with a title. */
  show(text: string, title: string): void;
  goodbye(text: string): void;
  cancelled(text: string): void;
  source(folder: string): Promise<string>;
  copies(preset: number): Promise<number>;
  /** `signal` takes the question back, as if answered by no. */
  confirm(question: string, signal?: AbortSignal): Promise<boolean>;
  choose<Value extends string>(question: string, choices: readonly Choice<Value>[]): Promise<Value>;
}

/** What stands before each line, and a column that stays free. */
const GUIDE_COLUMNS = 4;

const ADVICE_ON_COPIES: Readonly<Record<number, string>> = {
  1: 'enough to try things out; gone when that node goes',
  2: 'for what a few friends need for a week',
  3: 'right for most torrents',
  4: 'for what many want, or what must last',
  5: 'for the most popular files',
};

/** On the terminal of this process. */
export const terminalDialogue: Dialogue = {
  welcome(version) {
    intro(`Anatomic ${version}: plant a torrent (step 1 of 4)`);
    this.say(
      'Nodes of the network will carry your torrent, and its file will name them: so any BitTorrent client finds ' +
        'the others. You need a file or folder to share, or a .torrent made by any program; and a connection. ' +
        'Type or paste where it is, or drop it here.',
    );
  },
  say: (text) => log.message(fitting(text)),
  show: (text, title) => note(clean(text).join('\n'), title),
  goodbye: (text) => outro(text),
  cancelled: (text) => cancel(text),
  async source(folder) {
    const answer = await autocomplete<string>({
      message: 'Step 2 of 4: which .torrent, file or folder?',
      maxItems: 7,
      completeOnTab: true,
      filter: () => true,
      options() {
        return suggestPaths(this.userInput, folder).map((value) => ({ value, label: printable(value) }));
      },
      validate: (value) => (value === undefined ? 'There is no such file or folder.' : undefined),
    });
    return chosenPath(given(answer));
  },
  async copies(preset) {
    const options = Array.from({ length: MAX_COPIES }, (_, index) => {
      const count = index + 1;
      return { value: count, label: `${count}`, hint: ADVICE_ON_COPIES[count] ?? '' };
    });
    return given(await select({ message: 'On how many nodes?', options, initialValue: preset }));
  },
  async confirm(question, signal) {
    const answer = await confirm({
      message: question,
      initialValue: false,
      ...(signal === undefined ? {} : { signal }),
    });
    if (signal?.aborted === true) return false;
    return given(answer);
  },
  async choose(question, choices) {
    const options = choices.map(({ value, label, hint }) => ({
      value: value as string,
      label,
      ...(hint === undefined ? {} : { hint }),
    }));
    const answer = given(await select<string>({ message: question, options }));
    return choices.find(({ value }) => value === answer)!.value;
  },
};

/** Lines without what a terminal obeys: names of files may hold anything. */
function clean(text: string): string[] {
  return text.split('\n').map(printable);
}

function fitting(text: string): string {
  const columns = (process.stdout.columns ?? DEFAULT_COLUMNS) - GUIDE_COLUMNS;
  return clean(text)
    .flatMap((line) => wrap(line, columns))
    .join('\n');
}

function given<Value>(answer: Value): Exclude<Value, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<Value, symbol>;
}
