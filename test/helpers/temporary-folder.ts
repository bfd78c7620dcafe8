// A folder of its own for a test, gone afterwards.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Whoever is interrupted may not come to remove its folders: they go with the process. */
const kept = new Set<string>();
process.on('exit', () => {
  for (const path of kept) rmSync(path, { recursive: true, force: true });
});

/** `using folder = new TemporaryFolder()`, or `remove()` in an `afterEach`. */
export class TemporaryFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'anatomic-test-'));

  constructor() {
    kept.add(this.path);
  }

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
    kept.delete(this.path);
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
