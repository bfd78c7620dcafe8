import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { UdpClient } from '../../helpers/udp-tracker-driver.ts';
import { buffersFor, describeAddon, LOOPBACK, SLOT_BYTES } from './addon-lab.ts';

/** Of the loop in 20 ms: without rest it makes ten thousand. */
const FEW_TURNS = 500;

describeAddon('node/native/udp.c', (lab) => {
  let clients: UdpClient[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(() => {
    for (const client of clients) client.close();
  });

  function client(handle: object): UdpClient {
    clients.push(new UdpClient('127.0.0.1', lab.addon.port(handle)));
    return clients.at(-1)!;
  }

  it('tells what came and from where, cuts what is too long, and sends what is left to it', async () => {
    const buffers = buffersFor(2);
    const [input, output, slots] = buffers;
    const seen: string[] = [];
    const handle = lab.openUdp(buffers, (count) => {
      for (let i = 0; i < count; i++) {
        const at = i * SLOT_BYTES;
        const length = slots.readInt32LE(at);
        seen.push(`${length} ${slots.toString('hex', at + 8, at + 12)}`);
        input.copy(output, i * 16, i * 32, i * 32 + 16);
        slots.writeInt32LE(Math.min(16, length), at + 4);
      }
    });
    expect(await client(handle).ask(Buffer.from('hello'))).to.deep.equal(Buffer.from('hello'));
    expect(await client(handle).ask(Buffer.alloc(40, 'x'))).to.deep.equal(Buffer.alloc(16, 'x'));
    expect(seen).to.deep.equal(['5 7f000001', '32 7f000001']);
  });

  it('sends nothing for a length that is not above zero, or beyond the buffer', async () => {
    const buffers = buffersFor(1);
    const lengths = [0, -1, 17, 3];
    const asker = client(lab.openUdp(buffers, () => buffers[2].writeInt32LE(lengths.shift()!, 4)));
    for (let i = 0; i < 3; i++) asker.send(Buffer.from('x'));
    expect(await asker.ask(Buffer.from('x'))).to.have.length(3);
    expect(lengths).to.deep.equal([]);
  });

  it('answers a burst and what comes after it, and rests in between', async () => {
    const buffers = buffersFor(8);
    const handle = lab.openUdp(buffers, (count) => {
      for (let i = 0; i < count; i++) buffers[2].writeInt32LE(1, i * SLOT_BYTES + 4);
    });
    const askers = Array.from({ length: 50 }, () => client(handle));
    for (let round = 0; round < 3; round++) {
      await Promise.all(askers.map((asker) => asker.ask(Buffer.from('x'))));
      const turns = performance.nodeTiming.uvMetricsInfo.loopCount;
      await delay(20);
      expect(performance.nodeTiming.uvMetricsInfo.loopCount - turns).to.be.below(FEW_TURNS);
    }
  });

  it('may be closed in the middle of a burst', async () => {
    const closed = Promise.withResolvers<void>();
    let batches = 0;
    const handle = lab.openUdp(buffersFor(8), () => {
      if (++batches < 3) return;
      lab.addon.close(handle);
      closed.resolve();
    });
    const asker = client(handle);
    for (let i = 0; i < 50; i++) asker.send(Buffer.from('x'));
    await closed.promise;
    await delay(0);
    expect(batches).to.equal(3);
  });

  it('may be closed from within its callback, and closed again', async () => {
    const closed = Promise.withResolvers<void>();
    const handle = lab.openUdp(buffersFor(4), () => {
      lab.addon.close(handle);
      closed.resolve();
    });
    client(handle).send(Buffer.from('x'));
    await closed.promise;
    lab.addon.close(handle);
    expect(() => lab.addon.port(handle))
      .to.throw()
      .with.property('code', 'EBADF');
  });

  it('refuses an address that is taken or not of this machine, and lengths that cannot be', () => {
    const port = lab.addon.port(lab.openUdp(buffersFor(1), () => {}));
    const at = (host: number[], number: number, batch: number) => () =>
      lab.addon.openUdp(Buffer.from(host), number, 1 << 16, buffersFor(batch), [() => {}], false);
    expect(at([...LOOPBACK], port, 1))
      .to.throw()
      .with.property('code', 'EADDRINUSE');
    expect(at([192, 0, 2, 1], 0, 1))
      .to.throw()
      .with.property('code', 'EADDRNOTAVAIL');
    expect(at([127, 0, 0], 0, 1)).to.throw(RangeError);
    expect(at([127, 0, 0, 1], 0, 0)).to.throw(RangeError);
    expect(at([127, 0, 0, 1], 0, 65)).to.throw(RangeError);
  });
});
