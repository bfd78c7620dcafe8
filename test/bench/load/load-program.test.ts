import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { compileLoadProgram, type LoadResult, listHashes, runLoad } from '../../../bench/load/load-program.ts';
import type { Mode } from '../../../bench/load/workload.ts';
import { hasProgram, need } from '../../helpers/needs.ts';

const WORKLOAD = { name: 'w', torrents: 3, peersPerTorrent: 7, isFillOnly: false };
const PEERS = WORKLOAD.torrents * WORKLOAD.peersPerTorrent;
const ONE_PEER = '\x7f\0\0\x01\x1a\xe1';

const fill = (mode: Mode, port: number): Promise<LoadResult> => {
  const order = { mode, port, workload: WORKLOAD, isFill: true, serverPid: process.pid, inFlight: 10 };
  return runLoad({ ...order, warmUpMs: 0, limitMs: 5000, seed: 1 }, []);
};

/** What the load program makes of this body of an answer, and what it asked. */
async function fillOverHttp(mode: Mode, body: string): Promise<{ load: LoadResult; urls: string[] }> {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    response.end(body, 'latin1');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return { load: await fill(mode, (server.address() as AddressInfo).port), urls };
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

/** Answers every connect with an id and every announce with `announceAnswer` after action and transaction. */
async function fillOverUdp(mode: Mode, action: number, announceAnswer: string): Promise<[LoadResult, Set<string>]> {
  const announces = new Set<string>();
  const server = createSocket('udp4', (packet, sender) => {
    const isConnect = packet.length === 16;
    if (!isConnect) announces.add(packet.toString('hex', 16, 56) + sender.address);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(isConnect ? 0 : action);
    packet.copy(head, 4, 12, 16);
    const rest = isConnect ? Buffer.from('12345678') : Buffer.from(announceAnswer, 'latin1');
    server.send(Buffer.concat([head, rest]), sender.port, sender.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return [await fill(mode, server.address().port), announces];
  } finally {
    server.close();
  }
}

describe('bench/load/load-program.ts', () => {
  before(async function () {
    need(this, hasProgram('cc'), 'a C compiler');
    this.timeout(60_000);
    await compileLoadProgram();
  });

  it('lists a hash for each torrent', async () => {
    const hashes = (await listHashes(WORKLOAD)).trim().split('\n');
    expect(new Set(hashes).size).to.equal(WORKLOAD.torrents);
    for (const hash of hashes) expect(hash).to.match(/^[0-9a-f]{40}$/);
  });

  for (const mode of ['http', 'keep-alive'] as const) {
    it(`announces every peer once over ${mode} and counts the peers of the answers`, async () => {
      const { load, urls } = await fillOverHttp(mode, `d8:intervali1800e5:peers6:${ONE_PEER}e`);
      expect(load).to.deep.include({
        isFilled: true,
        answers: PEERS,
        peers: PEERS,
        malformed: 0,
        refused: 0,
        broken: 0,
      });
      expect(new Set(urls).size).to.equal(PEERS);
      expect(urls[0]).to.match(/^\/announce\?info_hash=.*&event=started&numwant=50&compact=1/);
    });
  }

  it('counts a failure reason as a refusal', async () => {
    const { load } = await fillOverHttp('keep-alive', 'd14:failure reason2:noe');
    expect(load).to.deep.include({ isFilled: true, answers: 0, refused: PEERS, malformed: 0 });
  });

  const malformed = [
    '',
    'x',
    'd',
    'd5:peers0:e',
    'd8:intervali1e5:peers5:12345e',
    'd8:intervali1e5:peers0:ex',
    'd8:intervali1ee',
  ];
  for (const body of malformed) {
    it(`counts ${JSON.stringify(body)} as malformed`, async () => {
      const { load } = await fillOverHttp('keep-alive', body);
      expect(load).to.deep.include({ answers: 0, malformed: PEERS, refused: 0 });
    });
  }

  for (const mode of ['udp', 'udp-connect'] as const) {
    it(`announces every peer once over ${mode} and counts the peers of the answers (BEP 15)`, async () => {
      const [load, announces] = await fillOverUdp(mode, 1, `${'\0'.repeat(12)}${ONE_PEER}`);
      expect(load).to.deep.include({ isFilled: true, answers: PEERS, peers: PEERS, malformed: 0, refused: 0 });
      expect(announces.size).to.equal(PEERS);
    });
  }

  it('counts a UDP error as a refusal, and half a peer as malformed', async () => {
    expect((await fillOverUdp('udp', 3, 'no'))[0]).to.deep.include({ answers: 0, refused: PEERS });
    expect((await fillOverUdp('udp', 1, '\0'.repeat(15)))[0]).to.deep.include({ answers: 0, malformed: PEERS });
  });
});
