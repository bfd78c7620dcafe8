// Self-signed certificates, made when a test needs one.

import { execFileSync } from 'node:child_process';

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Writes a certificate in the name of `name`, good for two days, over what the files held; needs openssl. */
export function makeCertificate(name: string, { certificateFile, keyFile }: CertificateFiles): void {
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', [...options, ...files], { stdio: 'ignore' });
}
