import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { expect } from 'chai';
import { needIpv6 } from '../../helpers/needs.ts';
import { buffersFor, describeAddon, LOOPBACK } from './addon-lab.ts';

describeAddon('node/native/tcp.c', (lab) => {
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
  let handle: object;

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
    const { addon, hasThread } = lab;
    handle = lab.keep(addon.openTcp(host, 0, 10, buffers, [onRequests, onUnsent], hasThread));
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

  it('tells what came and from where, sends an answer, and closes', async function () {
    const seen: string[] = [];
    const judge = (slot: number): void => {
      const room = (slot / SLOT_WORDS) * 16;
      const address = Buffer.from(slots.buffer)
        .subarray((slot + ADDRESS) * 4)
        .subarray(0, slots[slot + FAMILY] === 4 ? 4 : 16);
      seen.push(`${input.toString('latin1', room, room + slots[slot + REQUEST_BYTES]!)} ${address.toString('hex')}`);
      slots[slot + ANSWER_AT] = 1;
      slots[slot + ANSWER_BYTES] = 3;
    };
    const port = listen(judge, Buffer.alloc(16));
    expect((await ask(port, 'ping')).toString()).to.equal('ell');
    expect(seen).to.deep.equal(['ping 7f000001']);
    needIpv6(this);
    expect((await ask(port, 'pong', '::1')).toString()).to.equal('ell');
    expect(seen[1]).to.equal(`pong ${'00'.repeat(15)}01`);
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

  it('sends an answer although more comes while it is made', async () => {
    const port = listen((slot) => {
      client.write('y');
      answerAsLong(slot);
    });
    const client = connect(port, '127.0.0.1');
    client.write('x');
    expect(Buffer.concat(await client.toArray()).toString()).to.equal('h');
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
    lab.addon.hangUp(descriptor);
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
    lab.addon.close(handle);
    taken.push(new Socket({ fd: descriptors[1]! }));
    taken.at(-1)!.end('after the end');
    expect(Buffer.concat(await sockets[1].toArray()).toString()).to.equal('after the end');
  });

  it('refuses an address that is taken', () => {
    const port = listen(() => {});
    const again = () => lab.addon.openTcp(LOOPBACK, port, 10, buffersFor(2), [() => {}, () => {}], false);
    expect(again).to.throw().with.property('code', 'EADDRINUSE');
  });
});
