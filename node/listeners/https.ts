// The HTTP door behind TLS: the same requests and limits, and a certificate that is renewed without a restart.

import { createServer } from 'node:tls';
import type { HttpListener } from '../../shared/http/door/http-door.ts';
import { type CertificateOptions, followCertificate, readCertificate } from './certificate.ts';
import { createAcceptor, type HttpListenerOptions, startListenerOn } from './http.ts';

export interface HttpsListenerOptions extends HttpListenerOptions {
  readonly certificate: CertificateOptions;
}

export interface HttpsListener extends HttpListener {
  /** Looks for a new certificate now rather than within a minute. */
  reload(): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Listens; rejects when the address cannot be bound or the certificate cannot be used. */
export async function startHttpsListener(options: HttpsListenerOptions): Promise<HttpsListener> {
  const certificate = await readCertificate(options.certificate);
  const server = createServer({ ...certificate, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  const { port, url, stats, isNative, close } = await startListenerOn(createAcceptor(options, server), options);
  const renewal = followCertificate(server, certificate, options.certificate);
  return {
    port,
    url,
    stats,
    isNative,
    reload: () => renewal.runNow(),
    close: async (graceMs) => {
      await renewal.stop();
      await close(graceMs);
    },
  };
}
