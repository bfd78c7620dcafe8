// The last screen: what was planted, and what can be done with it.

import { dirname } from 'node:path';
import { countOf } from '../../shared/platform/amounts.ts';
import { formatMagnet } from '../../shared/protocol/torrent/magnet.ts';
import type { Planted } from '../planted.ts';
import type { Screen } from './board.ts';
import { Cancelled, type Choice, type Dialogue } from './dialogue.ts';
import { type KeyInput, pressAnyKey } from './keyboard.ts';
import { paint } from './paint.ts';
import { qrCode } from './qr-code.ts';

export interface WhatNowTools {
  readonly dialogue: Dialogue;
  readonly screen: Screen;
  readonly keys: KeyInput;
  /** Shows a folder to the user; undefined where there is no desktop. */
  readonly openFolder: ((folder: string) => Promise<void>) | undefined;
}

/** The user has seen enough, wants to plant something else, or wants the data seeded that lies in a folder. */
export type Ending = 'finish' | 'another' | { readonly torrent: string; readonly folder: string };

type Answer = 'seed' | 'code' | 'folder' | 'another' | 'finish';

/** Ctrl-C is as good as the end: everything is done. */
export async function askWhatNow(planted: Planted, tools: WhatNowTools): Promise<Ending> {
  const { dialogue, openFolder } = tools;
  const { output: file, content } = planted.file ?? {};
  const data = content === undefined ? undefined : dirname(content);
  tellDone(planted, dialogue);
  for (;;) {
    const answer = await choose(dialogue, choicesFor(file, data, openFolder));
    if (answer === 'seed') return { torrent: file!, folder: data! };
    if (answer === 'another' || answer === 'finish') return answer;
    if (answer === 'code') await showCode(planted, tools);
    else {
      dialogue.say(dirname(file!));
      await openFolder!(dirname(file!));
    }
  }
}

function tellDone({ carriers, file: place, magnet }: Planted, dialogue: Dialogue): void {
  const file = place?.output;
  const lines = [
    `Planted on ${countOf(carriers.length, 'node')}.`,
    ...(file === undefined ? [] : ['Any BitTorrent client finds them by this file:', file]),
    file === undefined ? 'Any BitTorrent client finds them by this link:' : 'or by this link:',
  ];
  dialogue.show(lines.join('\n'), 'Step 4 of 4: done');
  // Outside the box, where it can be copied in one piece.
  dialogue.say(magnet);
}

function choicesFor(
  file: string | undefined,
  data: string | undefined,
  openFolder: WhatNowTools['openFolder'],
): Choice<Answer>[] {
  const seed = { value: 'seed', label: 'Seed it now', hint: 'until Ctrl-C' } as const;
  const folder = { value: 'folder', label: 'Open the folder of the .torrent' } as const;
  return [
    ...(data === undefined ? [] : [seed]),
    { value: 'code', label: 'Show the link as a QR code', hint: 'for a phone' },
    ...(file === undefined || openFolder === undefined ? [] : [folder]),
    { value: 'another', label: 'Plant something else' },
    { value: 'finish', label: 'Finish' },
  ];
}

async function choose(dialogue: Dialogue, choices: readonly Choice<Answer>[]): Promise<Answer> {
  try {
    return await dialogue.choose('What now?', choices);
  } catch (error) {
    if (error instanceof Cancelled) return 'finish';
    throw error;
  }
}

async function showCode(planted: Planted, { dialogue, screen, keys }: WhatNowTools): Promise<void> {
  // The last line is for what to press.
  const space = { columns: screen.columns(), rows: screen.rows() - 1 };
  const lines = await qrCode(magnetsOf(planted), space);
  if (lines === undefined) {
    dialogue.say('This window is too small for a QR code: make it larger, and choose again.');
    return;
  }
  screen.write(`\n${lines.join('\n')}\n${paint('dim', 'Press any key to go on.')}`);
  await pressAnyKey(keys);
  screen.write('\r\x1b[2K');
}

/** The whole link, then shorter ones that a smaller code holds: a supernode alone leads to all carriers. */
function magnetsOf({ seedling, carriers, supernodes, magnet }: Planted): string[] {
  const { infoHash, infoHashV2 } = seedling;
  const hash = infoHash === undefined ? { infoHashV2: infoHashV2! } : { infoHash };
  const carrier = `${carriers[0]!.url}/announce`;
  const supernode = `${supernodes[0]!.publicUrl}/announce`;
  return [magnet, ...[[carrier, supernode], [supernode]].map((trackers) => formatMagnet({ ...hash, trackers }))];
}
