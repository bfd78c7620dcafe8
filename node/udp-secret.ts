// What UDP connection ids are made with: the same after a restart, so that ids given out before it stay good, and the same
// for all who answer on one address.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../shared/errors.ts';
import { fileError } from '../shared/platform/files.ts';
import type { Signer } from '../shared/protocol/records/record.ts';
import { CONNECTION_SECRET_BYTES } from '../shared/protocol/tracker/connection-id.ts';

/** From the file if one is named, else from the node's key; throws a UsageError for a file that cannot be used. */
export function udpSecretOf(file: string | undefined, signer: Signer): Buffer {
  const source = file === undefined ? signer.sign(Buffer.from('anatomic/2 UDP connection ids')) : readSecret(file);
  return createHash('sha256').update(source).digest().subarray(0, CONNECTION_SECRET_BYTES);
}

function readSecret(file: string): Buffer {
  const secret = readBytes(file);
  if (secret.length < CONNECTION_SECRET_BYTES) {
    throw new UsageError(`--udp-secret-file ${file} has fewer than ${CONNECTION_SECRET_BYTES} bytes`);
  }
  return secret;
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const told = fileError(file, error);
    throw new UsageError(`--udp-secret-file ${told instanceof Error ? told.message : String(told)}`);
  }
}
