// How an error travels: an HTTP status and the bencoded dictionary {code, message, retry, now}.

import { PublicError } from '../../errors.ts';
import { decode, encode } from '../encoding/bencoding.ts';
import { readDictionary, readInteger, readText } from '../encoding/fields.ts';
import { ClockError } from '../records/envelope.ts';
import { MAX_CODE_BYTES } from '../records/message-fields.ts';

const MAX_MESSAGE_BYTES = 1024;
const MAX_RETRY_SECONDS = 86_400;

/** The body for an error; `retry` (seconds) and `now` (unix ms, code `clock` only) are left out where they say nothing. */
export function writeFailure(error: PublicError): Buffer {
  return encode({
    code: error.code,
    message: error.message,
    retry: error.retrySeconds,
    now: error instanceof ClockError ? error.now : undefined,
  });
}

/** The error that a body tells of; throws BencodeError when it tells of none. */
export function readFailure(body: Uint8Array, status: number): PublicError {
  const fields = readDictionary(decode(body), 'error');
  const code = readText(fields, 'code', MAX_CODE_BYTES);
  const message = readText(fields, 'message', MAX_MESSAGE_BYTES);
  if (code === 'clock') return new ClockError(readInteger(fields, 'now', 0, Number.MAX_SAFE_INTEGER));
  const retry = fields.retry === undefined ? {} : { retrySeconds: readInteger(fields, 'retry', 0, MAX_RETRY_SECONDS) };
  return new PublicError(code, message, { status, ...retry });
}
