// Nodes as a supernode sees them, in a process of their own: they answer pings, and serve catalogues of torrents that they carry.
// `node nodes-main.ts COUNT FILE` has each torrent of the file, a hash a line, carried by COPIES of the nodes, and prints a line
// for each node: `node`, and its record in base64.

import { readFile } from 'node:fs/promises';
import { FakeNode } from '../../test/supernode/fake-node.ts';
import { COPIES } from './nodes.ts';

const PAGE_HASHES = 4000;

const count = Number(process.argv[2]);
const hashes = (await readFile(process.argv[3] ?? '', 'utf8')).split('\n').filter((line) => line !== '');
const nodes = await Promise.all(Array.from({ length: count }, (_, number) => FakeNode.start(number + 1)));
for (const [torrent, infoHash] of hashes.entries()) {
  for (let copy = 0; copy < COPIES; copy++) nodes[(torrent + copy) % count]!.hold(infoHash);
}
for (const node of nodes) {
  node.pageSize = PAGE_HASHES;
  process.stdout.write(`node ${Buffer.from(node.record()).toString('base64')}\n`);
}
process.stdout.write('ready\n');
process.once('SIGTERM', () => process.exit(0));
