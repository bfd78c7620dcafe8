// Where others reach a supernode, as its own record and the DHT say it.

import type { Log } from '../shared/platform/log.ts';
import { parseBaseUrl } from '../shared/protocol/records/message-fields.ts';
import type { SupernodeConfig } from './config.ts';
import type { HttpListener } from './listeners/http.ts';

const HTTP_DEFAULT_PORT = 80;

/** Every address is no address for others to call: without a better one, only this machine can reach the supernode. */
export function publicUrls(
  config: SupernodeConfig,
  { url, isEverywhere }: Pick<HttpListener, 'url' | 'isEverywhere'>,
  log: Log,
): string[] {
  if (config.publicUrl.length > 0) return config.publicUrl.map(parseBaseUrl);
  if (isEverywhere) {
    log.warn('others cannot know where to reach this supernode: give --public-url http://HOST:PORT, or --host');
  }
  return [url];
}

/** The DHT names an address and a port: who is reached by HTTPS alone, it cannot name. */
export function httpPortOf(urls: readonly string[]): number | undefined {
  const plain = urls.map((url) => new URL(url)).find(({ protocol }) => protocol === 'http:');
  return plain && Number(plain.port || HTTP_DEFAULT_PORT);
}
