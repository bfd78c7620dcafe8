import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import type { SupernodePing } from '../../../shared/http/supernode-client.ts';
import { MAX_HINTS } from '../../../shared/network/dht-supernodes.ts';
import { type Finding, type FindingOptions, FROM_DHT, startFinding } from '../../../shared/network/finding.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { meetingPoint } from '../../../shared/protocol/dht/meeting-point.ts';

const ID = 'ab'.repeat(32);
const SUPERNODE = { url: 'http://127.0.0.1:6970', id: ID };
const DHT = { port: 0, bootstrap: [], allowNetworks: ['127.0.0.0/8'] };

describe('shared/network/finding.ts', () => {
  let finding: Finding | undefined;
  let told: string[];
  let pinged: string[];
  let dhtCalls: string[];

  beforeEach(() => {
    told = [];
    pinged = [];
    dhtCalls = [];
  });

  afterEach(() => finding?.stop());

  it('tells what each domain names, also when another one fails, again and again', async () => {
    let isMoved = false;
    finding = start({
      domains: ['broken.example', 'good.example'],
      find: async (domain) => {
        if (domain === 'broken.example') throw new PublicError('dns', 'no such name');
        return [{ url: isMoved ? 'http://b.example' : 'http://a.example', id: undefined }];
      },
    });
    await finding.runNow();
    isMoved = true;
    await finding.runNow();
    expect(new Set(told)).to.deep.equal(new Set(['good.example http://a.example', 'good.example http://b.example']));
    expect([pinged, dhtCalls]).to.deep.equal([[], []]);
  });

  it('tells of those in the DHT that answer a signed ping, and of no others', async () => {
    finding = start({ dht: DHT, ...dhtOf([6969, 6970, 6971]) });
    await finding.runNow();
    expect(new Set(told)).to.deep.equal(new Set([`${FROM_DHT} ${SUPERNODE.url}`]));
    expect(new Set(pinged).size).to.equal(3);
    expect(new Set(dhtCalls)).to.deep.equal(new Set([`find ${meetingPoint(undefined)}`]));
  });

  it('announces a supernode, of each of its domains', async () => {
    finding = start({ dht: DHT, announcedPort: 6970, domains: ['example.org'], find: async () => [], ...dhtOf([]) });
    await finding.runNow();
    const point = meetingPoint('example.org');
    expect(dhtCalls.slice(0, 2)).to.deep.equal([`find ${point}`, `announce ${point} 6970`]);
  });

  it('calls few of the thousands in a poisoned DHT, one after the other and none twice in a round', async () => {
    let [calls, atOnce, most] = [0, 0, 0];
    const ping = async (url: string): Promise<SupernodePing> => {
      calls++;
      most = Math.max(most, ++atOnce);
      await Promise.resolve();
      atOnce--;
      pinged.push(url);
      throw new PublicError('unreachable', 'nobody is there');
    };
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      host: `127.0.${index >> 8}.${index & 255}`,
      port: 1,
    }));
    const openDht = async () => ({ find: async () => many, announce: async () => 0, close: async () => {} });
    finding = start({ dht: DHT, openDht, client: { ping } });
    await finding.runNow();
    expect([calls % MAX_HINTS, most]).to.deep.equal([0, 1]);
    expect(new Set(pinged.slice(0, MAX_HINTS)).size).to.equal(MAX_HINTS);
    expect(told).to.deep.equal([]);
  });

  it('tries again to open a DHT that cannot be opened', async () => {
    let failures = 2;
    const { openDht } = dhtOf([6970]);
    finding = start({
      dht: DHT,
      openDht: (wish) => {
        if (failures-- > 0) throw new PublicError('dht', 'port in use');
        return openDht(wish);
      },
    });
    for (let round = 0; round < 3; round++) await finding.runNow();
    expect(told).not.to.deep.equal([]);
  });

  it('stops without waiting for an answer, and closes the DHT', async () => {
    const { promise, resolve } = Promise.withResolvers<[]>();
    const close = async (): Promise<void> => {
      dhtCalls.push('close');
      resolve([]);
    };
    const openDht = async () => ({ find: () => promise, announce: async () => 0, close });
    finding = start({ domains: ['slow.example'], find: () => new Promise(() => undefined), dht: DHT, openDht });
    await new Promise((next) => setImmediate(next));
    await finding.stop();
    expect([told, dhtCalls]).to.deep.equal([[], ['close']]);
  });

  function start(options: Partial<FindingOptions>): Finding {
    const ping = async (url: string): Promise<SupernodePing> => {
      pinged.push(url);
      if (url !== SUPERNODE.url) throw new PublicError('unreachable', 'nobody is there');
      return { id: ID, statement: { urls: [url] } } as unknown as SupernodePing;
    };
    return startFinding({
      domains: [],
      dht: undefined,
      onFound: ({ url }, origin) => void told.push(`${origin} ${url}`),
      client: { ping },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
      ...options,
    });
  }

  /** A DHT in which these ports of 127.0.0.1 are announced everywhere. */
  function dhtOf(ports: readonly number[]): Required<Pick<FindingOptions, 'openDht'>> {
    const note = <T>(call: string, result: T): T => {
      dhtCalls.push(call);
      return result;
    };
    return {
      openDht: async () => ({
        find: async (hash) =>
          note(
            `find ${hash}`,
            ports.map((port) => ({ host: '127.0.0.1', port })),
          ),
        announce: async (hash, port) => note(`announce ${hash} ${port}`, 1),
        close: async () => {},
      }),
    };
  }
});
