// Announces and scrapes over HTTPS, with a certificate made for the occasion.

import { once } from 'node:events';
import { connect } from 'node:tls';
import type { TrackerDoor } from '../../node/listeners/http-answers.ts';
import { startHttpsListener } from '../../node/listeners/https.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { makeCertificate } from './certificate.ts';
import { askOver, driveHttp, type HttpTrackerDriver } from './http-tracker-driver.ts';
import { RawHttp } from './raw-http.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** Starts a listener on `host` and connects to it. */
export async function openHttpsDriver(tracker: TrackerDoor, host: string): Promise<HttpTrackerDriver> {
  using folder = new TemporaryFolder();
  const files = { certificateFile: folder.at('cert.pem'), keyFile: folder.at('key.pem') };
  makeCertificate('tracker', files);
  const onError = (error: unknown): void => {
    throw error;
  };
  const certificate = { ...files, random: seededRandom(1), onError };
  const control = (): void => {};
  const listener = await startHttpsListener({ tracker, clock: systemClock, host, port: 0, control, certificate });
  const socket = connect({ port: listener.port, host, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return driveHttp(listener, askOver(new RawHttp(socket)), host);
}
