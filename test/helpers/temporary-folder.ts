// A folder of its own for a test, gone afterwards.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** `using folder = new TemporaryFolder()`, or `remove()` in an `afterEach`. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'anatomic-test-'));

  /** The path of a file within. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file within, and its folders; returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const file = this.at(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
