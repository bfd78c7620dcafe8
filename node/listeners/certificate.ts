// A certificate in files that somebody else renews: read when listening starts, and again whenever they change.

import { readFile } from 'node:fs/promises';
import { createSecureContext, type Server } from 'node:tls';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Random } from '../../shared/platform/random.ts';

export interface CertificateOptions {
  /** PEM: the certificate and the chain behind it. */
  readonly certificateFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
  /** How often to look for a change; a minute when left out. */
  readonly checkIntervalMs?: number;
  readonly random: Random;
  /** Told when the files cannot be read or do not belong together; the certificate in use stays. */
  readonly onError: (error: unknown) => void;
}

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const CHECK_INTERVAL_MS = 60_000;

/** Throws when a file cannot be read, or when certificate and key do not belong together. */
export async function readCertificate(options: CertificateOptions): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(options.certificateFile), readFile(options.keyFile)]);
  createSecureContext({ cert, key });
  return { cert, key };
}

/** Gives new connections of `server` the certificate that the files hold; those that exist keep theirs. */
export function followCertificate(server: Server, first: Certificate, options: CertificateOptions): Repetition {
  let current = first;
  return every({
    intervalMs: options.checkIntervalMs ?? CHECK_INTERVAL_MS,
    random: options.random,
    onError: options.onError,
    task: async () => {
      const found = await readCertificate(options);
      if (found.cert.equals(current.cert) && found.key.equals(current.key)) return;
      server.setSecureContext(found);
      current = found;
    },
  });
}
