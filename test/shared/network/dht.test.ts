import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { Dht, MAX_FOUND, MAX_FOUND_PER_NODE } from '../../../shared/network/dht.ts';
import { MAX_RECEIVED_PER_SECOND, MAX_SENT_PER_SECOND } from '../../../shared/network/dht-socket.ts';
import type { Clock } from '../../../shared/platform/clock.ts';
import { type Bencoded, type BencodedDictionary, decode, encode } from '../../../shared/protocol/encoding/bencoding.ts';
import { hostileDatagrams } from '../../helpers/hostile-datagrams.ts';
import { until } from '../../helpers/until.ts';

const HASH = 'ab'.repeat(20);
const ID = Buffer.alloc(20, 4);
const STOPPED: Clock = { now: () => 1_800_000_000_000 };

describe('shared/network/dht.ts', () => {
  let open: Dht[];
  let sockets: Socket[];

  beforeEach(() => {
    open = [];
    sockets = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((dht) => dht.close()));
    for (const socket of sockets) socket.close();
  });

  it('finds who announced itself under a hash, through a node that both know', async () => {
    const middle = await start();
    const [announcer, seeker] = [await start(middle.port), await start(middle.port)];
    expect(await announcer.find(HASH)).to.deep.equal([]);
    expect(await announcer.announce(HASH, 6970)).to.be.above(0);
    expect(await seeker.find(HASH)).to.deep.equal([{ host: '127.0.0.1', port: 6970 }]);
    expect(await seeker.find('cd'.repeat(20))).to.deep.equal([]);
  });

  it('lives through every malformed datagram, and answers afterwards', async () => {
    const dht = await start();
    const { ask, send } = await stranger(dht.port);
    for (const datagram of hostileDatagrams()) send(datagram);
    expect(textOf((await ask('ping', {})).y)).to.equal('r');
    expect(textOf((await ask('get_peers', { info_hash: ID })).y)).to.equal('r');
  });

  it('hears only so much of what a node that lies pretends', async () => {
    const values = Array.from({ length: 100 }, (_, index) => Buffer.from([8, 8, 8, index, 1, index]));
    const { port } = await liar(ID, ({ q }) => (q === 'get_peers' ? { token: 'x', values } : {}));
    expect(await (await start(port)).find(HASH)).to.have.length(MAX_FOUND_PER_NODE);
    expect(MAX_FOUND).to.be.above(MAX_FOUND_PER_NODE);
  });

  it('sends no more in a second than it may, however many nodes it is told of', async () => {
    // Each of them tells of the next ones, which are nearer: every two share one bit more with the hash.
    const fleet: Awaited<ReturnType<typeof liar>>[] = [];
    const idAt = (index: number): Buffer => {
      const distance = (1n << BigInt(159 - (index >> 1))) | BigInt(index & 1);
      return Buffer.from((BigInt(`0x${HASH}`) ^ distance).toString(16).padStart(40, '0'), 'hex');
    };
    const nodeAt = (index: number): Buffer => Buffer.concat([idAt(index), endpointBytes(fleet[index]!.port)]);
    for (let index = 0; index < MAX_SENT_PER_SECOND + 50; index++) {
      const nearer = Array.from({ length: 8 }, (_, step) => index + step + 1);
      const answer = () => ({ nodes: Buffer.concat(nearer.filter((next) => next < fleet.length).map(nodeAt)) });
      fleet.push(await liar(idAt(index), answer));
    }
    const asked = (): number => fleet.reduce((count, node) => count + node.asked(), 0);
    const dht = await start(fleet[0]!.port, STOPPED);
    void dht.find(HASH);
    await until(() => asked() >= MAX_SENT_PER_SECOND);
    await dht.close();
    expect(asked()).to.equal(MAX_SENT_PER_SECOND);
  });

  it('answers no more in a second than it may, and counts what is malformed', async () => {
    const dht = await start(undefined, STOPPED);
    const { ask, send } = await stranger(dht.port);
    expect(textOf((await ask('ping', {})).y)).to.equal('r');
    let answers = 0;
    sockets.at(-1)!.on('message', () => answers++);
    for (let count = 1; count < MAX_RECEIVED_PER_SECOND; count += 100) {
      for (let index = 0; index < 100; index++) send(pingQuery('zz'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => answers === MAX_SENT_PER_SECOND - 1);
  });

  it('calls nobody at an address that is not public', async () => {
    const local = await liar(Buffer.alloc(20, 9), () => ({}), '127.0.0.2');
    const node = Buffer.concat([Buffer.alloc(20, 9), endpointBytes(local.port, 2)]);
    const teller = await liar(ID, () => ({ nodes: node }));
    const bootstrap = [{ host: '127.0.0.1', port: teller.port }];
    const strict = await Dht.open({ port: 0, bootstrap, allowNetworks: [] });
    open.push(strict);
    void strict.find(HASH);
    await until(() => teller.askers.has(strict.port));
    const lenient = await start(teller.port);
    await lenient.find(HASH);
    expect([...local.askers]).to.deep.equal([lenient.port]);
  });

  it('says why it cannot listen', async () => {
    const { port } = await start();
    const error: unknown = await start(undefined, undefined, port).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes(`UDP port ${port}: `);
  });

  it('ends what is waited for when it is closed', async () => {
    const { port } = await liar(ID, () => undefined);
    const dht = await start(port);
    const found = dht.find(HASH);
    await dht.close();
    expect(await found).to.deep.equal([]);
    expect(await dht.find(HASH)).to.deep.equal([]);
    await dht.close();
  });

  async function start(bootstrap?: number, clock?: Clock, port = 0): Promise<Dht> {
    const nodes = bootstrap === undefined ? [] : [{ host: '127.0.0.1', port: bootstrap }];
    const dht = await Dht.open({ port, host: '127.0.0.1', bootstrap: nodes, allowNetworks: ['127.0.0.0/8'] }, clock);
    open.push(dht);
    return dht;
  }

  async function bind(address = '127.0.0.1'): Promise<Socket> {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.bind(0, address);
    await once(socket, 'listening');
    return socket;
  }

  /** Asks and sends what it likes. */
  async function stranger(port: number) {
    const socket = await bind();
    const send = (bytes: Uint8Array): void => socket.send(bytes, port, '127.0.0.1');
    const ask = async (q: string, fields: object): Promise<BencodedDictionary> => {
      const answered = once(socket, 'message') as Promise<[Buffer]>;
      send(encode({ t: 'aa', y: 'q', q, a: { id: Buffer.alloc(20, 3), ...fields } }));
      return decode((await answered)[0]) as BencodedDictionary;
    };
    return { send, ask };
  }

  /** A node that answers queries with what the test says; `undefined`: not at all. */
  async function liar(
    id: Uint8Array,
    answer: (query: { readonly q: string }) => object | undefined,
    address?: string,
  ): Promise<{ readonly port: number; readonly asked: () => number; readonly askers: ReadonlySet<number> }> {
    const socket = await bind(address);
    const askers = new Set<number>();
    let count = 0;
    socket.on('message', (bytes, from) => {
      const message = decode(bytes) as BencodedDictionary;
      if (textOf(message.y) !== 'q') return;
      count++;
      askers.add(from.port);
      const fields = answer({ q: textOf(message.q) });
      if (fields === undefined) return;
      socket.send(encode({ t: message.t as Uint8Array, y: 'r', r: { id, ...fields } }), from.port, from.address);
    });
    return { port: socket.address().port, asked: () => count, askers };
  }
});

function pingQuery(t: string): Buffer {
  return encode({ t, y: 'q', q: 'ping', a: { id: Buffer.alloc(20, 3) } });
}

function textOf(value: Bencoded | undefined): string {
  return Buffer.from(value as Uint8Array).toString();
}

/** Of 127.0.0.x. */
function endpointBytes(port: number, host = 1): Buffer {
  const bytes = Buffer.from([127, 0, 0, host, 0, 0]);
  bytes.writeUInt16BE(port, 4);
  return bytes;
}
