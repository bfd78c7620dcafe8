// Trackers on loopback that say what a test has them say, right or wrong, and remember what they were asked.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ScriptedTracker<Question> extends AsyncDisposable {
  /** Announce URL. */
  readonly url: string;
  readonly questions: Question[];
}

/** `answer` gets the path and query; writing nothing is silence. */
export async function startHttpTracker(
  answer: (target: string, response: ServerResponse) => void,
): Promise<ScriptedTracker<string>> {
  const questions: string[] = [];
  const server = createServer((request, response) => {
    questions.push(request.url!);
    answer(request.url!, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`,
    questions,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers every request with this body and status 200. */
export function bodyOf(body: string): (target: string, response: ServerResponse) => void {
  return (_target, response) => void sendBody(response, body);
}

/** One latin1 character per byte. */
export function sendBody(response: ServerResponse, body: string): void {
  const bytes = Buffer.from(body, 'latin1');
  response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
}

/** `answer` gives the datagrams to send back to a question. */
export async function startUdpTracker(
  answer: (question: Buffer) => readonly Uint8Array[],
): Promise<ScriptedTracker<Buffer>> {
  const questions: Buffer[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes, { address, port }) => {
    questions.push(bytes);
    for (const datagram of answer(bytes)) socket.send(datagram, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    url: `udp://127.0.0.1:${socket.address().port}/announce`,
    questions,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** An answer over UDP: the action, the question's transaction, then the words. */
export function udpReply(question: Buffer, action: number, ...words: number[]): Buffer {
  const out = Buffer.alloc(8 + 4 * words.length);
  out.writeUInt32BE(action);
  question.copy(out, 4, 12, 16);
  for (const [index, word] of words.entries()) out.writeInt32BE(word, 8 + 4 * index);
  return out;
}

/** `answer` gets each message, and the socket to say anything on. */
export async function startWebSocketTracker(
  answer: (message: string, socket: WebSocket) => void,
): Promise<ScriptedTracker<string>> {
  const questions: string[] = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      questions.push(String(data));
      answer(String(data), socket);
    });
  });
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    questions,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}
