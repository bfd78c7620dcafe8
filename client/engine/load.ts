// Loads the package webtorrent, which may be missing, with a guard over what peers send it.

import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type WebTorrent from 'webtorrent';
import { PublicError } from '../../shared/errors.ts';
import { guardWires, type WireInternals } from './wire-guard.ts';

let loaded: Promise<typeof WebTorrent> | undefined;

/** Throws PublicError 'engine' when it is not there. */
export async function loadWebTorrent(): Promise<typeof WebTorrent> {
  try {
    loaded ??= load();
    return await loaded;
  } catch (cause) {
    const hint = 'install it beside anatomic: npm install webtorrent';
    throw new PublicError('engine', `the package webtorrent, which downloads, cannot be loaded; ${hint}`, { cause });
  }
}

async function load(): Promise<typeof WebTorrent> {
  const { default: client } = await import('webtorrent');
  guardWires(await wiresOfWebTorrent());
  return client;
}

/** The very class that webtorrent uses, wherever its package was installed. */
async function wiresOfWebTorrent(): Promise<{ readonly prototype: WireInternals }> {
  const manifest = findPackageJSON('bittorrent-protocol', import.meta.resolve('webtorrent'));
  if (manifest === undefined) throw new Error('its package bittorrent-protocol is missing');
  const { default: wires } = await import(pathToFileURL(join(dirname(manifest), 'index.js')).href);
  return wires;
}
