// The Ed25519 key of a node, supernode or planter (RFC 8032), kept as a PKCS #8 PEM file (RFC 8410).

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PUBLIC_KEY_BYTES } from '../protocol/records/public-key.ts';
import type { Signer } from '../protocol/records/record.ts';
import { createAtomically, hasCode, makeFolder, placeError } from './files.ts';

const SEED_BYTES = 32;
const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;
/** DER of PrivateKeyInfo up to the 32 bytes of the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key that lives in memory only: from 32 bytes of seed (the same seed gives the same id), or a new one. */
export function createSigner(seed?: Uint8Array): Signer {
  if (seed === undefined) return signerOf(generateKeyPairSync('ed25519').privateKey);
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  return signerOf(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }));
}

/**
 * Reads the key of `file`; makes the file (mode 0600) with a new key when there is none. An existing file is never
 * written: one that holds no Ed25519 key is an error for the operator.
 */
export async function loadOrCreateSigner(file: string): Promise<Signer> {
  const pem = (await readIfPresent(file)) ?? (await createKeyFile(file));
  try {
    return readSigner(pem);
  } catch (cause) {
    if (cause instanceof KeyTypeError) throw new Error(`${file} holds ${cause.message}`);
    throw new Error(`${file} does not hold a private key in PEM form; restore it from a backup, or move it away`, {
      cause,
    });
  }
}

/** The key in a PEM text; throws when there is none, or one of another kind. */
export function readSigner(pem: string): Signer {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new KeyTypeError(`a key of type ${key.asymmetricKeyType}, not ed25519`);
  }
  return signerOf(key);
}

class KeyTypeError extends Error {}

function signerOf(privateKey: KeyObject): Signer {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const id = spki.subarray(spki.length - PUBLIC_KEY_BYTES).toString('hex');
  return { id, sign: (bytes) => sign(null, bytes, privateKey) };
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new Error(`cannot read the key file ${file}: ${placeReason(file, error)}`, { cause: error });
  }
}

/** Returns the PEM text that is in `file` afterwards: of two processes that start at once both use the key of one. */
async function createKeyFile(file: string): Promise<string> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  try {
    makeFolder(dirname(file), OWNER_ONLY_DIRECTORY);
    await createAtomically(file, pem.toString(), OWNER_ONLY);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw new Error(`cannot create the key file ${file}: ${placeReason(file, error)}`, { cause: error });
    }
  }
  return readFile(file, 'utf8');
}

/** Without the name of the file, which is said already. */
function placeReason(file: string, error: unknown): string {
  const told = placeError(file, error);
  return told instanceof Error ? told.message.replace(`${file}: `, '') : String(told);
}
