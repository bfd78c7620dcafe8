// The name server of an attacker: it answers with whatever addresses it likes, and sees how often it is asked.

import { once } from 'node:events';
import { type AddressInfo, createServer, isIP } from 'node:net';
import type { Resolve } from '../../shared/http/resolve.ts';

export class FlippingName {
  /** How often it was asked. */
  asked = 0;
  /** What it answers the `asked`th time, from 1. */
  answer: (asked: number) => readonly string[];

  constructor(answer: FlippingName['answer']) {
    this.answer = answer;
  }

  readonly resolve: Resolve = async () => {
    const addresses = this.answer(++this.asked);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
}

/** A server at an address where nobody may be called; it counts those who come all the same. */
export interface ForbiddenPlace extends AsyncDisposable {
  readonly connections: number;
}

export async function openForbiddenPlace(host: string, port: number): Promise<ForbiddenPlace> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(port, host);
  await once(server, 'listening');
  if ((server.address() as AddressInfo).port !== port) throw new Error(`${host} has no port ${port}`);
  return {
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
