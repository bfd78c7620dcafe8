// A part of a file from a web server: exactly the bytes asked for, or an error.

import type { Guard, GuardedAnswer } from '../../shared/http/guard.ts';

const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
const [OK, PARTIAL] = [200, 206];
/** For the whole of a part, and for a large one as long as it takes at the least rate. */
const TIMEOUT_MS = 60_000;
const LEAST_BYTES_PER_MS = 32;
const USER_AGENT = 'anatomic';

/** All in bytes. */
export interface Range {
  readonly position: number;
  readonly length: number;
}

/** Throws an Error when the server does not answer with them. */
export async function fetchRange(guard: Guard, first: string, { position, length }: Range): Promise<Uint8Array> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await guard.request(url, {
      method: 'GET',
      headers: { 'User-Agent': USER_AGENT, Range: `bytes=${position}-${position + length - 1}` },
      maxBytes: length,
      timeoutMs: Math.max(TIMEOUT_MS, length / LEAST_BYTES_PER_MS),
    });
    const location = REDIRECT_STATUSES.includes(answer.status) ? answer.headers.location : undefined;
    if (location === undefined) return bodyOf(answer, position, length);
    url = new URL(location, url).href;
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

/** A server that knows no ranges answers with the whole file. */
function bodyOf({ status, body }: GuardedAnswer, position: number, length: number): Uint8Array {
  if (status !== PARTIAL && (status !== OK || position > 0)) throw new Error(`status ${status}`);
  if (body.length !== length) throw new Error(`${body.length} bytes instead of ${length}`);
  return body;
}
