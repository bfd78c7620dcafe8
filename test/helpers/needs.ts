// Tests that need a program or a right of this machine say so and skip; where everything was installed a skip is a failure.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Namespaces need root and the program `ip`. */
export function hasNamespaces(): boolean {
  return process.getuid?.() === 0 && hasProgram('ip');
}

/** Call at the start of a hook or test: skips it with a message when `isThere` is false. */
export function need(context: Mocha.Context, isThere: boolean, what: string): void {
  if (isThere) return;
  if (process.env.ANATOMIC_TEST_NO_SKIP === '1')
    throw new Error(`${what} is missing, and skipping is not allowed here`);
  process.stderr.write(`      skipped: needs ${what}\n`);
  context.skip();
}
