import { expect } from 'chai';
import {
  beginResponse,
  endResponse,
  MAX_RESPONSE_HEAD_BYTES,
} from '../../../../shared/protocol/tracker/http-response.ts';

function response(body: string, isKeepAlive: boolean): string {
  const out = Buffer.alloc(MAX_RESPONSE_HEAD_BYTES + body.length, '!');
  const bodyStart = beginResponse(isKeepAlive, out, 2);
  const end = endResponse(bodyStart, bodyStart + out.write(body, bodyStart), out);
  return out.toString('latin1', 2, end);
}

describe('shared/protocol/tracker/http-response.ts', () => {
  it('frames bodies of any length with their exact length', () => {
    for (const length of [0, 1, 9, 10, 99, 100, 999, 1000, 12345]) {
      const body = 'abcdefg'.repeat(2000).slice(0, length);
      expect(response(body, true)).to.equal(
        `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${body}`,
      );
    }
  });

  it('says when the connection is closed behind it', () => {
    expect(response('de', false)).to.equal(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 2\r\n\r\nde',
    );
  });
});
