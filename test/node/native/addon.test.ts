import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { loadAddon, readAddon, type SocketsAddon } from '../../../node/native/addon.ts';
import { need } from '../../helpers/needs.ts';
import { RunningProcess } from '../../helpers/running-process.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { UdpClient } from '../../helpers/udp-tracker-driver.ts';

const LOOPBACK = Buffer.from([127, 0, 0, 1]);
const SLOT_BYTES = 24;
/** Of the loop in 20 ms: without rest it makes ten thousand. */
const FEW_TURNS = 500;

describeAddon('in the loop', false);
describeAddon('with a thread', true);

function describeAddon(name: string, hasThread: boolean): void {
  describe(`node/native/addon.ts ${name}`, () => {
    let addon: SocketsAddon;
    let handles: object[];
    let clients: UdpClient[];

    before(function () {
      const loaded = loadAddon();
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
      const handle = addon.openUdp(LOOPBACK, 0, 1 << 16, buffers, [onRequests], hasThread);
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

    it('answers a burst and what comes after it, and rests in between', async () => {
      const buffers = buffersFor(8);
      const port = open(buffers, (count) => {
        for (let i = 0; i < count; i++) buffers[2].writeInt32LE(1, i * SLOT_BYTES + 4);
      });
      const askers = Array.from({ length: 50 }, () => client(port));
      for (let round = 0; round < 3; round++) {
        await Promise.all(askers.map((asker) => asker.ask(Buffer.from('x'))));
        const turns = performance.nodeTiming.uvMetricsInfo.loopCount;
        await delay(20);
        expect(performance.nodeTiming.uvMetricsInfo.loopCount - turns).to.be.below(FEW_TURNS);
      }
    });

    it('may be closed in the middle of a burst', async () => {
      const closed = Promise.withResolvers<void>();
      const buffers = buffersFor(8);
      const handle = addon.openUdp(LOOPBACK, 0, 1 << 16, buffers, [onRequests], hasThread);
      handles.push(handle);
      let batches = 0;
      function onRequests(): void {
        if (++batches < 3) return;
        addon.close(handle);
        closed.resolve();
      }
      const asker = client(addon.port(handle));
      for (let i = 0; i < 50; i++) asker.send(Buffer.from('x'));
      await closed.promise;
      await delay(0);
      expect(batches).to.equal(3);
    });

    it('may be closed from within its callback, and closed again', async () => {
      const handle = await new Promise<object>((resolve) => {
        const opened = addon.openUdp(
          LOOPBACK,
          0,
          1 << 16,
          buffersFor(4),
          [
            () => {
              addon.close(opened);
              resolve(opened);
            },
          ],
          hasThread,
        );
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
        addon.openUdp(Buffer.from(host), number, 1 << 16, buffersFor(batch), [() => {}], false);
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

    describe('connections', () => {
      const SLOT_WORDS = 10;
      const [DESCRIPTOR, REQUEST_BYTES, ANSWER_AT, ANSWER_BYTES, KEEPING, FAMILY, ADDRESS] = [0, 1, 2, 3, 4, 5, 6];
      const [CLOSED, KEPT, TO_KEEP] = [0, 1, 2];
      /** The beginning of `output`, as long as the request. */
      const answerAsLong = (slot: number): void => {
        slots[slot + ANSWER_AT] = 0;
        slots[slot + ANSWER_BYTES] = slots[slot + REQUEST_BYTES]!;
      };
      const TAKEN = -1;
      let input: Buffer;
      let output: Buffer;
      let slots: Int32Array;
      let taken: Socket[];

      beforeEach(() => {
        input = Buffer.alloc(2 * 16);
        output = Buffer.from('hello');
        slots = new Int32Array(2 * SLOT_WORDS);
        taken = [];
      });

      afterEach(() => {
        for (const socket of taken) socket.destroy();
      });

      /** `judge` gets the first word of each slot. */
      function listen(judge: (slot: number) => void, host = LOOPBACK): number {
        const onRequests = (count: number): void => {
          for (let i = 0; i < count; i++) judge(i * SLOT_WORDS);
        };
        const onUnsent = (count: number): void => {
          for (let slot = 0; slot < count * SLOT_WORDS; slot += SLOT_WORDS) {
            const [at, length] = [slots[slot + ANSWER_AT]!, slots[slot + ANSWER_BYTES]!];
            if (length !== TAKEN) take(slot).end(output.subarray(at, at + length));
          }
        };
        const buffers = [input, output, new Uint8Array(slots.buffer)] as const;
        const handle = addon.openTcp(host, 0, 10, buffers, [onRequests, onUnsent], hasThread);
        handles.push(handle);
        return addon.port(handle);
      }

      function take(slot: number): Socket {
        taken.push(new Socket({ fd: slots[slot + DESCRIPTOR]! }));
        return taken.at(-1)!;
      }

      /** All that is answered until the connection ends. */
      async function ask(port: number, text: string, host = '127.0.0.1'): Promise<Buffer> {
        const socket = connect(port, host);
        socket.write(text);
        return Buffer.concat(await socket.toArray());
      }

      it('tells what came and from where, sends an answer, and closes', async () => {
        const seen: string[] = [];
        const judge = (slot: number): void => {
          const room = (slot / SLOT_WORDS) * 16;
          const address = Buffer.from(slots.buffer)
            .subarray((slot + ADDRESS) * 4)
            .subarray(0, slots[slot + FAMILY] === 4 ? 4 : 16);
          seen.push(
            `${input.toString('latin1', room, room + slots[slot + REQUEST_BYTES]!)} ${address.toString('hex')}`,
          );
          slots[slot + ANSWER_AT] = 1;
          slots[slot + ANSWER_BYTES] = 3;
        };
        const port = listen(judge, Buffer.alloc(16));
        expect((await ask(port, 'ping')).toString()).to.equal('ell');
        expect((await ask(port, 'pong', '::1')).toString()).to.equal('ell');
        expect(seen).to.deep.equal(['ping 7f000001', `pong ${'00'.repeat(15)}01`]);
      });

      it('closes a connection without an answer, or with one beyond the buffer', async () => {
        const ends = [
          [0, 0],
          [3, 3],
          [-1, 3],
        ];
        const port = listen((slot) => {
          const [at, length] = ends.shift()!;
          slots[slot + ANSWER_AT] = at!;
          slots[slot + ANSWER_BYTES] = length!;
        });
        for (let i = 0; i < 3; i++) expect(await ask(port, 'x')).to.have.length(0);
        expect(ends).to.deep.equal([]);
      });

      it('leaves a connection that was taken over alone', async () => {
        const port = listen((slot) => {
          take(slot).end('from JavaScript');
          slots[slot + ANSWER_BYTES] = TAKEN;
        });
        expect((await ask(port, 'x')).toString()).to.equal('from JavaScript');
      });

      it('hands over an answer that the kernel does not take whole', async () => {
        output = Buffer.alloc(16 << 20, 'y');
        const port = listen((slot) => {
          slots[slot + ANSWER_AT] = 0;
          slots[slot + ANSWER_BYTES] = output.length;
        });
        expect((await ask(port, 'x')).equals(output)).to.equal(true);
        expect(taken).to.have.length(1);
      });

      it('brings the next requests of a connection that is kept, and its end', async () => {
        const seen: string[] = [];
        const ended = Promise.withResolvers<void>();
        const port = listen((slot) => {
          seen.push(`${slots[slot + KEEPING]} ${slots[slot + REQUEST_BYTES]}`);
          answerAsLong(slot);
          const isNew = slots[slot + KEEPING] === CLOSED;
          if (isNew) slots[slot + KEEPING] = TO_KEEP;
          if (slots[slot + REQUEST_BYTES] !== 0) return;
          slots[slot + KEEPING] = CLOSED;
          ended.resolve();
        });
        const socket = connect(port, '127.0.0.1');
        for (const text of ['abc', 'a', 'ab']) {
          socket.write(text);
          const [answer] = await once(socket, 'data');
          expect(answer.toString()).to.equal('hello'.slice(0, text.length));
        }
        socket.end();
        await ended.promise;
        await once(socket, 'close');
        expect(seen).to.deep.equal([`${CLOSED} 3`, `${KEPT} 1`, `${KEPT} 2`, `${KEPT} 0`]);
      });

      it('answers as many connections at a time as there are slots, new ones beside those kept', async () => {
        const port = listen((slot) => {
          answerAsLong(slot);
          if (slots[slot + KEEPING] === CLOSED) slots[slot + KEEPING] = TO_KEEP;
          if (slots[slot + REQUEST_BYTES] === 0) slots[slot + KEEPING] = CLOSED;
        });
        const sockets: Socket[] = [];
        for (let round = 1; round <= 5; round++) {
          sockets.push(connect(port, '127.0.0.1'));
          const answers = sockets.map((socket) => once(socket, 'data'));
          for (const socket of sockets) socket.write('hello'.slice(0, round));
          for (const [answer] of await Promise.all(answers)) expect(answer).to.have.length(round);
        }
        const closed = sockets.map((socket) => once(socket, 'close'));
        for (const socket of sockets) socket.end();
        await Promise.all(closed);
      });

      it('ends a connection that is kept when told to', async () => {
        let descriptor = -1;
        const port = listen((slot) => {
          const wasKept = slots[slot + KEEPING] === KEPT;
          answerAsLong(slot);
          slots[slot + KEEPING] = wasKept ? CLOSED : TO_KEEP;
          if (wasKept) expect(slots[slot + REQUEST_BYTES]).to.equal(0);
          else descriptor = slots[slot + DESCRIPTOR]!;
        });
        const socket = connect(port, '127.0.0.1').resume();
        socket.write('x');
        await once(socket, 'data');
        addon.hangUp(descriptor);
        await once(socket, 'end');
      });

      it('leaves a connection alone that was kept and is taken over, also when it is closed itself', async () => {
        const port = listen((slot) => {
          if (slots[slot + KEEPING] === KEPT) {
            take(slot).end('from JavaScript');
            slots[slot + ANSWER_BYTES] = TAKEN;
          } else {
            answerAsLong(slot);
            slots[slot + KEEPING] = TO_KEEP;
          }
        });
        const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')] as const;
        const descriptors: number[] = [];
        for (const socket of sockets) {
          socket.write('x');
          await once(socket, 'data');
          descriptors.push(slots[DESCRIPTOR]!);
        }
        sockets[0].write('x');
        expect(Buffer.concat(await sockets[0].toArray()).toString()).to.equal('from JavaScript');
        addon.close(handles.at(-1)!);
        taken.push(new Socket({ fd: descriptors[1]! }));
        taken.at(-1)!.end('after the end');
        expect(Buffer.concat(await sockets[1].toArray()).toString()).to.equal('after the end');
      });

      it('refuses an address that is taken', () => {
        const port = listen(() => {});
        const again = () => addon.openTcp(LOOPBACK, port, 10, buffersFor(2), [() => {}, () => {}], false);
        expect(again).to.throw().with.property('code', 'EADDRINUSE');
      });
    });

    it('lets go of its sockets when a thread ends without closing them', async () => {
      const source = `
      const { loadAddon } = await import(${JSON.stringify(new URL('../../../node/native/addon.ts', import.meta.url))});
      const { parentPort } = await import('node:worker_threads');
      const addon = loadAddon();
      const buffers = [Buffer.alloc(64), Buffer.alloc(64), Buffer.alloc(24)];
      const handle = addon.openUdp(Buffer.from([127, 0, 0, 1]), 0, 1 << 16, buffers, [() => {}], ${hasThread});
      parentPort.postMessage(addon.port(handle));
    `;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
      const [port] = await once(worker, 'message');
      await worker.terminate();
      const handle = addon.openUdp(LOOPBACK, port, 1 << 16, buffersFor(1), [() => {}], hasThread);
      handles.push(handle);
      expect(addon.port(handle)).to.equal(port);
    });
  });
}

describe('node/native/addon.ts', () => {
  it('uses none that is damaged, or was built from other sources', () => {
    using folder = new TemporaryFolder();
    for (const [name, text] of [
      ['sockets.node', 'no library'],
      ['sockets.cjs', 'exports.openUdp = exports.openTcp = exports.port = () => {};'],
      ['later.cjs', 'exports.interface = 1e9;'],
    ] as const) {
      const path = folder.write(name, text);
      expect(() => readAddon(path), name).to.throw(Error, path);
    }
  });
});

describe('node/native/addon.ts on memory', () => {
  it('has huge pages wherever the kernel knows them', async function () {
    need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
    // In a process of its own: the kernel makes one mapping of neighbours that are alike.
    const source = `
      import { readFileSync } from 'node:fs';
      const { loadAddon } = await import(${JSON.stringify(new URL('../../../node/native/addon.ts', import.meta.url))});
      const count = () => readFileSync('/proc/self/smaps', 'latin1').match(/^VmFlags:.* hg\\b/gm)?.length ?? 0;
      const [small, reserved] = [new ArrayBuffer(10), new ArrayBuffer(64 * 1024 * 1024)];
      const before = count();
      for (const buffer of [small, reserved]) loadAddon().preferHugePages(buffer);
      const isZero = new Uint8Array(reserved).every((byte) => byte === 0);
      console.log('more', count() - before, isZero);
    `;
    await using child = new RunningProcess(process.execPath, ['--input-type=module', '--eval', source]);
    const [, more, isZero] = await child.line(/^more (\d+) (\w+)$/);
    expect([more, isZero]).to.deep.equal([existsSync('/sys/kernel/mm/transparent_hugepage') ? '1' : '0', 'true']);
  });
});
