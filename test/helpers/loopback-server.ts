// A real HTTP server on loopback whose answers a test decides, and which keeps what it was asked.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** Bytes to answer with; never resolving means silence. */
export type Reply = (question: Question) => Answer | Promise<Answer>;
type Answer = Uint8Array | { readonly status: number; readonly body: Uint8Array };

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly questions: readonly Question[];
  /** May be exchanged between questions. */
  reply: Reply;
}

export async function startLoopbackServer(reply: Reply): Promise<LoopbackServer> {
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    const question = {
      method: request.method ?? '',
      url: request.url ?? '',
      contentType: request.headers['content-type'],
      body: await buffer(request),
    };
    questions.push(question);
    const answer = await handle.reply(question);
    const { status, body } = answer instanceof Uint8Array ? { status: 200, body: answer } : answer;
    response.writeHead(status, { 'Content-Length': body.length }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const handle: LoopbackServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    questions,
    reply,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return handle;
}
