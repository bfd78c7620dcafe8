// What a redirect costs that looks nothing up: a plain server of node:http that answers 302 with another origin.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const ELSEWHERE = 'http://127.0.0.1:6969';

const server = createServer((request, response) => {
  response.writeHead(302, { Location: ELSEWHERE + request.url, 'Content-Length': 0 }).end();
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
