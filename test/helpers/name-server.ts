// A DNS server on loopback that knows some TXT records (RFC 1035) and nothing else.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer extends AsyncDisposable {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
}

const HEADER_BYTES = 12;
const TXT = 16;
const IN = 1;
const TTL_SECONDS = 60;
/** A pointer to the name in the question, which begins behind the header. */
const NAME_POINTER = 0xc00c;
const ANSWER_FLAGS = 0x8580;
const NO_SUCH_NAME = 3;

/** `records`: of each name its TXT records, each a list of strings of up to 255 bytes. */
export async function startNameServer(
  records: Readonly<Record<string, readonly (readonly string[])[]>>,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const question = query.subarray(HEADER_BYTES, endOfQuestion(query));
    const found = records[nameIn(question)] ?? [];
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(ANSWER_FLAGS | (found.length === 0 ? NO_SUCH_NAME : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    socket.send(Buffer.concat([header, question, ...found.map(answerOf)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** Behind the name, its type and class. */
function endOfQuestion(query: Buffer): number {
  return query.indexOf(0, HEADER_BYTES) + 5;
}

function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 0; question[at]! > 0; at += question[at]! + 1) {
    labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!));
  }
  return labels.join('.').toLowerCase();
}

function answerOf(strings: readonly string[]): Buffer {
  const data = Buffer.concat(strings.map((text) => Buffer.from([text.length, ...Buffer.from(text)])));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_POINTER, 0);
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(IN, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
