// Tests that need a program or a right of this machine say so and skip; where everything was installed a skip is a failure.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { networkInterfaces } from 'node:os';
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

let canMakeNamespaces: boolean | undefined;

/** Namespaces need the program `ip` and root, who may lack the right in a container. */
export function hasNamespaces(): boolean {
  canMakeNamespaces ??= process.getuid?.() === 0 && makesNamespace(`anatomic${process.pid}-probe`);
  return canMakeNamespaces;
}

function makesNamespace(name: string): boolean {
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
  spawnSync('ip', ['netns', 'del', name]);
  return true;
}

export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
}

/** Call at the start of a hook or test: skips it with a message when `isThere` is false. */
export function need(context: Mocha.Context, isThere: boolean, what: string): void {
  if (isThere) return;
  if (process.env.ANATOMIC_TEST_NO_SKIP === '1')
    throw new Error(`${what} is missing, and skipping is not allowed here`);
  skip(context, what);
}

/** The same for IPv6, which a machine has or has not: nothing that can be installed brings it. */
export function needIpv6(context: Mocha.Context): void {
  if (!hasIpv6()) skip(context, 'IPv6 on loopback');
}

/** A group of tests that need IPv6. */
export function describeOverIpv6(title: string, register: () => void): void {
  describe(title, () => {
    before(function () {
      needIpv6(this);
    });
    register();
  });
}

function skip(context: Mocha.Context, what: string): never {
  process.stderr.write(`      skipped: needs ${what}\n`);
  return context.skip();
}
