import { expect } from 'chai';
import type { SourceGate } from '../../../node/access/source-gate.ts';
import { bindBoth, startUdpListener, type UdpListener, type UdpListenerOptions } from '../../../node/listeners/udp.ts';
import { loadAddon } from '../../../node/native/addon.ts';
import type { Tracker } from '../../../node/tracker/tracker.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import { REFUSALS } from '../../../shared/protocol/tracker/refusal.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';
import { need, needIpv6 } from '../../helpers/needs.ts';
import { announceRequest, connectRequest, scrapeRequest, UdpClient } from '../../helpers/udp-tracker-driver.ts';

const HASH = 'ab'.repeat(20);
const SECRET = Buffer.alloc(16, 3);

describeUdp('datagrams of Node.js', false);
describeUdp('batches of the addon', true);
describeUdp('batches in two threads', true, 2);

function describeUdp(name: string, native: boolean, workers = 1): void {
  describe(`node/listeners/udp.ts with ${name}`, () => {
    let tracker: Tracker;
    let listener: UdpListener;
    let clients: UdpClient[];
    let nowMs: number;

    async function start(options: Partial<UdpListenerOptions> = {}): Promise<UdpListener> {
      const onError = (error: Error): void => {
        throw error;
      };
      const clock = { now: (): number => nowMs };
      const place = { host: '127.0.0.1', port: 0, native, workers };
      return startUdpListener({ tracker, clock, ...place, secret: SECRET, onError, ...options });
    }

    function open(host = '127.0.0.1', port = listener.port, localAddress?: string): UdpClient {
      const client = new UdpClient(host, port, localAddress);
      clients.push(client);
      return client;
    }

    before(function () {
      if (native)
        need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
    });

    beforeEach(async () => {
      nowMs = 1_800_000_000_000;
      tracker = createTestTracker('open');
      clients = [];
      listener = await start();
    });

    afterEach(async () => {
      for (const client of clients) client.close();
      await listener.close();
    });

    it('tells its port, announce URL and kind', () => {
      expect(listener.isNative).to.equal(native);
      expect(listener.urls).to.deep.equal([`udp://127.0.0.1:${listener.port}/announce`]);
    });

    it('answers connect, announce and scrape, repeating the transaction id', async () => {
      const client = open();
      const connected = await client.ask(connectRequest(0xdeadbeef));
      expect(connected.toString('hex', 0, 8)).to.equal('00000000deadbeef');
      expect(connected).to.have.length(16);
      const id = connected.subarray(8);
      const announced = await client.ask(announceRequest(id, { infoHash: HASH, port: 7000 }));
      expect(announced.toString('hex', 0, 8)).to.equal('0000000100000009');
      expect(announced).to.have.length(20);
      const scraped = await client.ask(scrapeRequest(id, [HASH, '00'.repeat(20)]));
      expect(scraped.toString('hex')).to.equal(
        `0000000200000008 000000000000000000000001 ${'00'.repeat(12)}`.replaceAll(' ', ''),
      );
    });

    it('tolerates options and padding behind an announce (BEP 41)', async () => {
      const client = open();
      const bytes = announceRequest(await client.connectionId(), { infoHash: HASH, port: 7000 });
      for (const tail of ['0000', '02092f616e6e6f756e6365', '02ff', '00ff']) {
        const answer = await client.ask(Buffer.concat([bytes, Buffer.from(tail, 'hex')]));
        expect(answer.readUInt32BE(0), tail).to.equal(1);
      }
    });

    it('takes a connection id from any port of the address, for two minutes', async () => {
      const id = await open().connectionId();
      const bytes = announceRequest(id, { infoHash: HASH, port: 7000 });
      nowMs += 120_000;
      expect((await open().ask(bytes)).readUInt32BE(0)).to.equal(1);
      nowMs += 1_000;
      const refused = await open().ask(bytes);
      expect(refused.toString('latin1', 8)).to.equal('connection id unknown or too old');
      expect(refused.readUInt32BE(4)).to.equal(9);
    });

    it('takes connection ids of another listener with the same secret', async () => {
      const other = await start();
      const id = await open('127.0.0.1', other.port).connectionId();
      expect((await open().ask(announceRequest(id, { infoHash: HASH, port: 7000 }))).readUInt32BE(0)).to.equal(1);
      await other.close();
    });

    it('takes older connection ids when told to', async () => {
      await listener.close();
      listener = await start({ connectionIdSeconds: 7200 });
      const client = open();
      const id = await client.connectionId();
      nowMs += 7_200_000;
      expect((await client.ask(announceRequest(id, { infoHash: HASH, port: 7000 }))).readUInt32BE(0)).to.equal(1);
    });

    it('refuses senders by address before all else, and by rate those who have a connection id', async () => {
      const asked: string[] = [];
      const traffic = new Traffic();
      const sources: SourceGate = {
        checkAddress: (address) => (address[3] === 1 ? undefined : REFUSALS.forbiddenAddress),
        checkRate: (_address, family, nowSeconds) => {
          asked.push(`${family} ${nowSeconds}`);
          return asked.length > 1 ? REFUSALS.tooManyRequests : undefined;
        },
      };
      await listener.close();
      listener = await start({ sources, traffic });
      const client = open();
      const id = await client.connectionId();
      const announce = announceRequest(id, { infoHash: HASH, port: 7000 });
      const unproven = announceRequest(Buffer.alloc(8), { infoHash: HASH, port: 7000 });
      expect((await client.ask(unproven)).toString('latin1', 8)).to.equal('connection id unknown or too old');
      expect((await client.ask(announce)).readUInt32BE(0)).to.equal(1);
      for (const request of [announce, scrapeRequest(id, [HASH])]) {
        expect((await client.ask(request)).toString('latin1', 8)).to.equal('too many requests');
      }
      expect(asked).to.deep.equal(Array(3).fill(`4 ${nowMs / 1000}`));
      const banned = open('127.0.0.1', listener.port, '127.0.0.2');
      const refused = await banned.ask(connectRequest(0xdeadbeef));
      expect(refused.toString('latin1', 8)).to.equal('address not allowed here');
      expect(refused.toString('hex', 0, 8)).to.equal('00000003deadbeef');
      expect(traffic.counts().refusals).to.deep.equal({
        'bad-connection-id': 1,
        'too-many-requests': 2,
        'forbidden-address': 1,
      });
    });

    it('meets all but the first few errors of a source with silence, until the next window', async () => {
      const client = open();
      const bad = announceRequest(Buffer.alloc(8), { infoHash: HASH, port: 7000 });
      for (let i = 0; i < 5; i++) expect((await client.ask(bad)).readUInt32BE(0)).to.equal(3);
      for (let i = 0; i < 20; i++) client.send(bad);
      expect((await client.ask(connectRequest())).readUInt32BE(0)).to.equal(0);
      nowMs += 10_000;
      expect((await client.ask(bad)).readUInt32BE(0)).to.equal(3);
    });

    it('meets what it does not understand with silence', async () => {
      const client = open();
      const strange = Buffer.concat([Buffer.alloc(8), Buffer.from([0, 0, 0, 4]), Buffer.alloc(98)]);
      for (const bytes of [Buffer.alloc(0), Buffer.alloc(15), Buffer.alloc(16), strange, Buffer.alloc(1400, 0xff)])
        client.send(bytes);
      expect((await client.ask(connectRequest(5))).readUInt32BE(4)).to.equal(5);
    });

    it('answers at most 1200 bytes', async () => {
      const client = open();
      const id = await client.connectionId();
      for (let i = 1; i <= 250; i++) await client.ask(announceRequest(id, { infoHash: HASH, port: i, numwant: 0 }));
      const answer = await client.ask(announceRequest(id, { infoHash: HASH, port: 300, numwant: 1000 }));
      expect(answer).to.have.length(20 + 196 * 6);
      const hashes = Array.from({ length: 80 }, () => HASH);
      expect(await client.ask(scrapeRequest(id, hashes))).to.have.length(8 + 74 * 12);
    });

    it('answers both families on one port without a host, and knows them apart', async function () {
      needIpv6(this);
      await listener.close();
      listener = await start({ host: undefined });
      expect(listener.urls).to.deep.equal([
        `udp://0.0.0.0:${listener.port}/announce`,
        `udp://[::]:${listener.port}/announce`,
      ]);
      for (const host of ['127.0.0.1', '::1']) {
        const client = open(host);
        const answer = await client.ask(announceRequest(await client.connectionId(), { infoHash: HASH, port: 7000 }));
        expect(answer).to.have.length(20);
      }
      expect(tracker.stats).to.include({ peers4: 1, peers6: 1 });
    });

    it('rejects when the port is taken', async () => {
      const code = await start({ port: listener.port }).then(
        () => 'bound',
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect(code).to.equal('EADDRINUSE');
      await listener.close();
      listener = await start({ host: undefined });
      const both = await start({ host: undefined, port: listener.port }).then(
        () => 'bound',
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect(both).to.equal('EADDRINUSE');
    });

    it('answers a burst of more than a batch, each sender its own', async () => {
      const senders = Array.from({ length: 20 }, () => open());
      const transactions = Array.from({ length: 10 }, (_, i) => i);
      const answered = senders.map((sender) => sender.collect(transactions.length));
      for (const [i, sender] of senders.entries()) {
        for (const transaction of transactions) sender.send(connectRequest(i * 100 + transaction));
      }
      for (const [i, answers] of (await Promise.all(answered)).entries()) {
        const got = answers.map((answer) => answer.readUInt32BE(4)).toSorted((a, b) => a - b);
        expect(got).to.deep.equal(transactions.map((transaction) => i * 100 + transaction));
      }
    });

    it('answers nothing once it is closed, and leaves the port to others', async () => {
      const client = open();
      client.send(connectRequest());
      const { port } = listener;
      await listener.close();
      listener = await start({ port });
      expect((await open().ask(connectRequest(3))).readUInt32BE(4)).to.equal(3);
    });
  });
}

describe('node/listeners/udp.ts on machines of one or two families', () => {
  let closed: string[];
  beforeEach(() => {
    closed = [];
  });

  /** Binds what no error is named for; free ports count up from 1000. */
  function bindWith(errors: Readonly<Record<string, string>>) {
    let free = 1000;
    return async (host: string, wanted: number) => {
      const port = wanted === 0 ? free++ : wanted;
      const code = errors[`${host} ${port}`] ?? errors[host];
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      const close = async (): Promise<void> => void closed.push(`${host} ${port}`);
      return { name: `${host} ${port}`, socket: { port, close } };
    };
  }
  const bound = (port: number, errors: Readonly<Record<string, string>> = {}): Promise<string[] | string> =>
    bindBoth(bindWith(errors), port).then(
      (sockets) => sockets.map(({ name }) => name),
      (error: Error) => error.message,
    );

  it('binds both on one port, and one where the other is missing', async () => {
    expect(await bound(7)).to.deep.equal(['0.0.0.0 7', ':: 7']);
    expect(await bound(7, { '::': 'EAFNOSUPPORT' })).to.deep.equal(['0.0.0.0 7']);
    expect(await bound(7, { '0.0.0.0': 'EAFNOSUPPORT' })).to.deep.equal([':: 7']);
    expect(await bound(7, { '0.0.0.0': 'EAFNOSUPPORT', '::': 'EAFNOSUPPORT' })).to.equal('EAFNOSUPPORT');
    expect(closed).to.deep.equal([]);
  });

  it('does not do with one because the port of the other is taken', async () => {
    expect(await bound(7, { '::': 'EADDRINUSE' })).to.equal('EADDRINUSE');
    expect(await bound(7, { '0.0.0.0': 'EADDRINUSE' })).to.equal('EADDRINUSE');
    expect(closed).to.deep.equal(['0.0.0.0 7']);
  });

  it('takes another free port when the first is not free for IPv6', async () => {
    expect(await bound(0, { ':: 1000': 'EADDRINUSE' })).to.deep.equal(['0.0.0.0 1001', ':: 1001']);
    expect(closed).to.deep.equal(['0.0.0.0 1000']);
  });
});
