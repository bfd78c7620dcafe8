import { expect } from 'chai';
import { startHttpListener } from '../../node/listeners/http.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../shared/protocol/encoding/fields.ts';
import { fixtureLines } from '../helpers/fixture-lines.ts';
import { peersOf } from '../helpers/http-tracker-driver.ts';
import { RawHttp } from '../helpers/raw-http.ts';
import { createTestTracker } from './tracker-behaviour.ts';

const HOST = '127.0.0.1';
const HASH = 'f2193cc8af86571b4ddfed34c607372597e76026';
/** Sent behind the request by a client that counts the end of its text in. */
const STRAY_BYTE = '\0';

interface FirstRequest {
  readonly name: string;
  readonly line: string;
  readonly port: number;
  readonly isSeeder: boolean;
}

const requests = fixtureLines('first-requests.txt').map(([name = '', line = '']): FirstRequest => {
  return { name, line, port: Number(/&port=(\d+)/.exec(line)?.[1]), isSeeder: line.includes('&left=0&') };
});

describe('what real clients send first', () => {
  it('enters each of them, and gives them those who came before', async () => {
    const tracker = createTestTracker();
    tracker.carry(HASH);
    const control = (): void => {};
    const listener = await startHttpListener({ tracker, clock: systemClock, host: HOST, port: 0, control });
    const ask = async (request: FirstRequest): Promise<ReturnType<typeof readDictionary>> => {
      const client = await RawHttp.connect(listener.port, { host: HOST });
      client.send(`${request.line}\r\n\r\n${STRAY_BYTE}`);
      const { body } = await client.response();
      client.socket.destroy();
      return readDictionary(decode(body), request.name);
    };

    const before: FirstRequest[] = [];
    for (const request of requests) {
      const answer = await ask(request);
      const given = peersOf(answer, HOST).map(({ port }) => port);
      const wanted = before.filter((other) => !(other.isSeeder && request.isSeeder)).map(({ port }) => port);
      before.push(request);
      const seeders = before.filter(({ isSeeder }) => isSeeder).length;
      expect(given.sort(), request.name).to.deep.equal(wanted.sort());
      expect(answer, request.name).to.include({ complete: seeders, incomplete: before.length - seeders });
      expect(answer, request.name).to.include.keys('interval', 'min interval', 'external ip');
    }
    await listener.close(0);
    expect(before).to.have.length(9);
    expect(before.filter(({ isSeeder }) => isSeeder).map(({ name }) => name)).to.deep.equal(['libtorrent']);
  });
});
