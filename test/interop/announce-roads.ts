// Every road by which a client reaches a tracker, one after the other: a seed and a download that know one announce URL
// only, against a real node that listens for all protocols and both families.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import { hasNamespaces, need } from '../helpers/needs.ts';
import { RunningProcess } from '../helpers/running-process.ts';
import { singleFileTorrent } from '../helpers/torrents.ts';
import { type Client, makeSession, needClient } from './clients.ts';
import { type Host, Lab } from './lab.ts';

export interface Road {
  readonly protocol: 'http' | 'udp' | 'websocket';
  readonly family: 'ipv4' | 'ipv6';
}

const [NODE_HOST, SEED_HOST, DOWNLOAD_HOST] = [0, 1, 2];
const PORT = 6969;
const FILE_BYTES = 300_001;
const FILE_NAME = 'content.bin';
const WEBRTC_RETRIES = 2;
const SCHEMES = { http: 'http', udp: 'udp', websocket: 'ws' } as const;

/** Registers one test for each road. */
export function describeAnnounceRoads(client: Client, roads: readonly Road[]): void {
  describe(`a file shared with ${client.name}`, () => {
    const content = randomBytes(FILE_BYTES);
    let lab: Lab;
    let node: RunningProcess;

    before(async function () {
      needClient(this, client);
      need(this, hasNamespaces(), 'root, for network namespaces');
      lab = await Lab.inNamespaces(DOWNLOAD_HOST + 1);
      await mkdir(join(lab.folder, 'seed'));
      await writeFile(join(lab.folder, 'seed', FILE_NAME), content);
      const data = ['--data-directory', join(lab.folder, 'node')];
      node = startAnatomic(['node', '--mode', 'open', '--http-port', `${PORT}`, ...data], {
        namespace: lab.host(NODE_HOST).namespace,
      });
      await node.line(/^ready$/);
    });

    after(async () => {
      await node?.stop();
      await lab?.[Symbol.asyncDispose]();
    });

    for (const road of roads) {
      const { protocol, family } = road;
      it(`arrives through ${SCHEMES[protocol]}:// over ${family}, and only so`, async function () {
        // An offer that is not answered in time on a busy machine is made again only with the next announce.
        if (protocol === 'websocket') this.retries(WEBRTC_RETRIES);
        const before = await announceCounts(lab.host(NODE_HOST));
        await exchange(lab, client, road, content);
        const after = await announceCounts(lab.host(NODE_HOST));
        const grown = [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
        expect(grown).to.deep.equal([`${protocol} ${family}`]);
      });
    }
  });
}

async function exchange(lab: Lab, client: Client, road: Road, content: Buffer): Promise<void> {
  const { address, address6 } = lab.host(NODE_HOST);
  const host = road.family === 'ipv4' ? address : `[${address6}]`;
  const label = `${road.protocol}-${road.family}`;
  const torrentFile = join(lab.folder, `${label}.torrent`);
  const announce = `${SCHEMES[road.protocol]}://${host}:${PORT}/announce`;
  // A name of its own makes it a torrent of its own.
  await writeFile(torrentFile, singleFileTorrent(FILE_NAME, content, { announce, info: { source: label } }));
  const seedFolder = join(lab.folder, 'seed');
  await using _seed = await client.seed(
    await makeSession(lab.folder, `${label}-seed`, torrentFile, lab.host(SEED_HOST), seedFolder),
  );
  const session = await makeSession(lab.folder, `${label}-download`, torrentFile, lab.host(DOWNLOAD_HOST));
  await client.download(session, FILE_NAME);
  expect((await readFile(join(session.folder, FILE_NAME))).equals(content), 'the same bytes').to.equal(true);
}

type ProtocolCounts = Readonly<Record<Road['family'], { readonly announces: number }>>;

/** Announces that the node has seen, by `protocol family`. */
async function announceCounts({ namespace }: Host): Promise<Map<string, number>> {
  const script = `fetch('http://127.0.0.1:${PORT}/stats').then((r) => r.text()).then((text) => console.log(text))`;
  await using asker = new RunningProcess(process.execPath, ['-e', script], { namespace });
  await asker.end();
  const { protocols } = JSON.parse(asker.stdoutLines.join('\n')) as { protocols: Record<string, ProtocolCounts> };
  return new Map(
    Object.entries(protocols).flatMap(([protocol, { ipv4, ipv6 }]): [string, number][] => [
      [`${protocol} ipv4`, ipv4.announces],
      [`${protocol} ipv6`, ipv6.announces],
    ]),
  );
}
