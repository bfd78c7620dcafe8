// A client that has a torrent file: announces by its list as BEP 12 has it. One tier is tried in order until somebody answers,
// who comes first from then on; redirects are followed.

import { announce, type TestAnswer } from './test-client.ts';

export class ListClient {
  /** Announces that no URL of the list answered with success: what a user would notice. */
  readonly failures: string[] = [];
  /** URLs that failed although another one answered then. */
  readonly detours: string[] = [];
  announces = 0;
  readonly #infoHash: string;
  readonly #port: number;
  #tier: readonly string[];

  /** `port` is where it pretends to listen. */
  constructor(announceUrls: readonly string[], infoHash: string, port: number) {
    this.#tier = announceUrls;
    this.#infoHash = infoHash;
    this.#port = port;
  }

  /** Never rejects; undefined when no URL answered with success. */
  async announce(): Promise<TestAnswer | undefined> {
    this.announces++;
    const failed: string[] = [];
    for (const url of this.#tier) {
      try {
        const answer = await announce(url.replace(/\/announce$/, ''), this.#infoHash, { port: this.#port });
        this.#tier = [url, ...this.#tier.filter((other) => other !== url)];
        this.detours.push(...failed);
        return answer;
      } catch (error) {
        failed.push(`${url}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.failures.push(failed.join('; '));
    return undefined;
  }
}
