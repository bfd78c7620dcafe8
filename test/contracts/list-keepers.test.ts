// What newTrackon sends before it lists a tracker, and what it must be answered; and the bare requests that opentracker's
// own test programs send.

import { expect } from 'chai';
import { startHttpListener } from '../../node/listeners/http.ts';
import { startUdpListener } from '../../node/listeners/udp.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { type BencodedDictionary, decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../shared/protocol/encoding/fields.ts';
import { peersOf } from '../helpers/http-tracker-driver.ts';
import { RawHttp, type RawResponse } from '../helpers/raw-http.ts';
import { connectRequest, UdpClient } from '../helpers/udp-tracker-driver.ts';
import { createTestTracker } from './tracker-behaviour.ts';

const HOST = '127.0.0.1';
/** Intervals that newTrackon takes for sound. */
const [MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS] = [300, 10_800];
/** As Python escapes: a space becomes `+`, and what the program has no value for is called None. */
const NEWTRACKON_QUERY =
  'info_hash=%E2g+%F8%8B%00%1F%AC%B4%0D%0A%26%2B%7F%C3%99%5C%20%01%FF&peer_id=-qB4390-aB3dE5gH7jK9&port=6881' +
  '&uploaded=0&downloaded=0&left=0&compact=1&ipv6=None&ipv4=None';
const NEWTRACKON_HEADERS = 'User-Agent: qBittorrent/4.3.9\r\nAccept-Encoding: gzip\r\nConnection: close\r\nAccept: */*';

describe('what list keepers send', () => {
  const tracker = createTestTracker('open');
  const closers: (() => void | Promise<void>)[] = [];
  let httpPort: number;
  let udp: UdpClient;

  before(async () => {
    const common = { tracker, clock: systemClock, host: HOST, port: 0 };
    const http = await startHttpListener({ ...common, control: () => {} });
    const datagrams = await startUdpListener({ ...common, secret: Buffer.alloc(16, 3), onError: () => {} });
    httpPort = http.port;
    udp = new UdpClient(HOST, datagrams.port);
    closers.push(
      () => udp.close(),
      () => http.close(0),
      () => datagrams.close(),
    );
  });

  after(async () => {
    for (const close of closers) await close();
  });

  async function send(request: string): Promise<RawResponse> {
    const client = await RawHttp.connect(httpPort, { host: HOST });
    client.send(request);
    const response = await client.response();
    await client.closed;
    return response;
  }

  const bodyOf = ({ body }: RawResponse): BencodedDictionary => readDictionary(decode(body), 'answer');

  it('lets newTrackon list it over HTTP', async () => {
    const response = await send(
      `GET /announce?${NEWTRACKON_QUERY} HTTP/1.1\r\nHost: ${HOST}\r\n${NEWTRACKON_HEADERS}\r\n\r\n`,
    );
    expect(response.head).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    const answer = bodyOf(response);
    expect(answer).to.include.keys('peers', 'interval').and.not.to.have.property('failure reason');
    expect(answer.interval).to.be.within(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS);
  });

  it('lets newTrackon list it over UDP', async () => {
    const transaction = 200;
    const connected = await udp.ask(connectRequest(transaction));
    expect([connected.length, connected.readInt32BE(0), connected.readInt32BE(4)]).to.deep.equal([16, 0, transaction]);
    const request = Buffer.alloc(98);
    connected.copy(request, 0, 8, 16);
    request.writeInt32BE(1, 8);
    request.writeInt32BE(transaction, 12);
    // The hash once more where the peer id belongs, and nothing left to load.
    request.fill(0xe2, 16, 56);
    request.writeInt32BE(2, 80);
    request.writeInt32BE(7, 88);
    request.writeInt32BE(-1, 92);
    request.writeUInt16BE(0x76fd, 96);
    const answer = await udp.ask(request);
    expect([answer.readInt32BE(0), answer.readInt32BE(4)]).to.deep.equal([1, transaction]);
    expect(answer.readInt32BE(8)).to.be.within(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS);
    expect([answer.readInt32BE(12), answer.readInt32BE(16), (answer.length - 20) % 6]).to.deep.equal([0, 1, 0]);
  });

  it("answers opentracker's bare requests: no header, no carriage return, an address that is not the sender's", async () => {
    const ask = (port: number): Promise<RawResponse> => {
      const query = `info_hash=0123456789012345678%0A&peer_id=opentracker-test-000&ip=5.6.13.16&port=${port}`;
      return send(`GET /announce?${query} HTTP/1.0\n\n`);
    };
    await ask(2001);
    const answer = bodyOf(await ask(2002));
    expect(answer).to.include({ complete: 0, incomplete: 2 });
    expect(peersOf(answer, HOST)).to.deep.equal([{ address: HOST, port: 2001 }]);
  });
});
