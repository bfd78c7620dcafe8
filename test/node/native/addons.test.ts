import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { loadUdpBatch, type UdpBatchAddon } from '../../../node/native/addons.ts';
import { need } from '../../helpers/needs.ts';
import { UdpClient } from '../../helpers/udp-tracker-driver.ts';

const LOOPBACK = Buffer.from([127, 0, 0, 1]);
const SLOT_BYTES = 24;

describe('node/native/addons.ts', () => {
  let addon: UdpBatchAddon;
  let handles: object[];
  let clients: UdpClient[];

  before(function () {
    const loaded = loadUdpBatch();
    need(this, loaded !== undefined, 'the addon that npm run build makes where there is a C compiler');
    addon = loaded!;
  });

  beforeEach(() => {
    handles = [];
    clients = [];
  });

  afterEach(() => {
    for (const handle of handles) addon.close(handle);
    for (const client of clients) client.close();
  });

  const buffersFor = (batch: number): [Buffer, Buffer, Buffer] => [
    Buffer.alloc(batch * 32),
    Buffer.alloc(batch * 16),
    Buffer.alloc(batch * SLOT_BYTES),
  ];

  function open(buffers: [Buffer, Buffer, Buffer], onRequests: (count: number) => void): number {
    const handle = addon.open(LOOPBACK, 0, 1 << 16, buffers, onRequests);
    handles.push(handle);
    return addon.port(handle);
  }

  function client(port: number): UdpClient {
    clients.push(new UdpClient('127.0.0.1', port));
    return clients.at(-1)!;
  }

  it('tells what came and from where, cuts what is too long, and sends what is left to it', async () => {
    const buffers = buffersFor(2);
    const [input, output, slots] = buffers;
    const seen: string[] = [];
    const port = open(buffers, (count) => {
      for (let i = 0; i < count; i++) {
        const at = i * SLOT_BYTES;
        const length = slots.readInt32LE(at);
        seen.push(`${length} ${slots.toString('hex', at + 8, at + 12)}`);
        input.copy(output, i * 16, i * 32, i * 32 + 16);
        slots.writeInt32LE(Math.min(16, length), at + 4);
      }
    });
    expect(await client(port).ask(Buffer.from('hello'))).to.deep.equal(Buffer.from('hello'));
    expect(await client(port).ask(Buffer.alloc(40, 'x'))).to.deep.equal(Buffer.alloc(16, 'x'));
    expect(seen).to.deep.equal(['5 7f000001', '32 7f000001']);
  });

  it('sends nothing for a length that is not above zero, or beyond the buffer', async () => {
    const buffers = buffersFor(1);
    const lengths = [0, -1, 17, 3];
    const port = open(buffers, () => buffers[2].writeInt32LE(lengths.shift()!, 4));
    const asker = client(port);
    for (let i = 0; i < 3; i++) asker.send(Buffer.from('x'));
    expect(await asker.ask(Buffer.from('x'))).to.have.length(3);
    expect(lengths).to.deep.equal([]);
  });

  it('may be closed from within its callback, and closed again', async () => {
    const handle = await new Promise<object>((resolve) => {
      const opened = addon.open(LOOPBACK, 0, 1 << 16, buffersFor(4), () => {
        addon.close(opened);
        resolve(opened);
      });
      client(addon.port(opened)).send(Buffer.from('x'));
    });
    addon.close(handle);
    expect(() => addon.port(handle))
      .to.throw()
      .with.property('code', 'EBADF');
  });

  it('refuses an address that is taken or not of this machine, and lengths that cannot be', () => {
    const port = open(buffersFor(1), () => {});
    const at = (host: number[], number: number, batch: number) => () =>
      addon.open(Buffer.from(host), number, 1 << 16, buffersFor(batch), () => {});
    expect(at([127, 0, 0, 1], port, 1))
      .to.throw()
      .with.property('code', 'EADDRINUSE');
    expect(at([192, 0, 2, 1], 0, 1))
      .to.throw()
      .with.property('code', 'EADDRNOTAVAIL');
    expect(at([127, 0, 0], 0, 1)).to.throw(RangeError);
    expect(at([127, 0, 0, 1], 0, 0)).to.throw(RangeError);
    expect(at([127, 0, 0, 1], 0, 65)).to.throw(RangeError);
  });

  it('lets go of its sockets when a thread ends without closing them', async () => {
    const source = `
      const { loadUdpBatch } = await import(${JSON.stringify(new URL('../../../node/native/addons.ts', import.meta.url))});
      const { parentPort } = await import('node:worker_threads');
      const addon = loadUdpBatch();
      const buffers = [Buffer.alloc(64), Buffer.alloc(64), Buffer.alloc(24)];
      const handle = addon.open(Buffer.from([127, 0, 0, 1]), 0, 1 << 16, buffers, () => {});
      parentPort.postMessage(addon.port(handle));
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const [port] = await once(worker, 'message');
    await worker.terminate();
    const handle = addon.open(LOOPBACK, port, 1 << 16, buffersFor(1), () => {});
    handles.push(handle);
    expect(addon.port(handle)).to.equal(port);
  });
});
