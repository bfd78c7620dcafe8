// The name and version of this program, as package.json tells them.

import { readFileSync } from 'node:fs';

/** '0.1.0' */
export const VERSION = readVersion();

/** What a node or supernode calls itself in its record: 'anatomic/0.1.0'. */
export const SOFTWARE = `anatomic/${VERSION}`;

/** package.json lies two folders up in a checkout, three in the built package. */
function readVersion(): string {
  const file = import.meta.filename.endsWith('.ts') ? '../../package.json' : '../../../package.json';
  const { version } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string };
  return version;
}
