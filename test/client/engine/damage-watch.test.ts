import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Torrent, Wire } from 'webtorrent';
import { type Damage, DamageWatch } from '../../../client/engine/damage-watch.ts';

describe('client/engine/damage-watch.ts', () => {
  let torrent: EventEmitter;
  let peers: Map<string, { readonly id: string; readonly wire: unknown; retries: number }>;
  let damages: Damage[];
  let destroyed: string[];

  beforeEach(() => {
    peers = new Map();
    torrent = Object.assign(new EventEmitter(), { _peers: peers });
    damages = [];
    destroyed = [];
    new DamageWatch(torrent as unknown as Torrent, (damage) => damages.push(damage));
  });

  it('drops the sole sender of a damaged piece, and does not let it in again', () => {
    const liar = meet('10.0.0.1', 1);
    send(7, liar);
    fail(7);
    expect(damages).to.deep.equal([{ piece: 7, peers: ['10.0.0.1:1'], dropped: ['10.0.0.1:1'] }]);
    expect(destroyed).to.deep.equal(['10.0.0.1:1']);
    meet('10.0.0.1', 1, 'other id');
    meet('10.0.0.1', 2, 'other id');
    expect(destroyed).to.deep.equal(['10.0.0.1:1', '10.0.0.1:1']);
    expect(peers.get('10.0.0.1:1')!.retries, 'nor called again').to.equal(Number.POSITIVE_INFINITY);
  });

  it('knows a peer that calls again from another port by its address', () => {
    const liar = meet('fd00::1', 1, 'liar', 'tcpIncoming');
    send(0, liar);
    fail(0);
    expect(damages[0]!.dropped).to.deep.equal(['[fd00::1]:1']);
    meet('fd00::1', 2, 'another name', 'tcpIncoming');
    meet('fd00::1', 3, 'neighbour');
    expect(destroyed).to.deep.equal(['fd00::1:1', 'fd00::1:2']);
  });

  it('blames nobody for a liar that goes by his id', () => {
    const liar = meet('10.0.0.1', 1, 'stolen', 'tcpIncoming');
    send(0, liar);
    fail(0);
    meet('10.0.0.2', 2, 'stolen');
    expect(destroyed).to.deep.equal(['10.0.0.1:1']);
  });

  it('finds the guilty one of several by and by, and forgives the others', () => {
    const [liar, honest] = [meet('10.0.0.1', 1), meet('10.0.0.2', 2)];
    for (const piece of [0, 1]) {
      send(piece, liar, honest);
      fail(piece);
      send(piece, honest);
      torrent.emit('verified', piece);
    }
    expect(destroyed).to.deep.equal([]);
    send(2, liar, honest);
    fail(2);
    expect(damages.at(-1)).to.deep.equal({ piece: 2, peers: ['10.0.0.1:1', '10.0.0.2:2'], dropped: ['10.0.0.1:1'] });
  });

  it('calls a web seed by its URL', () => {
    const server = meet('http://10.0.0.1/', 0, 'hash of it', 'webSeed');
    send(0, server);
    fail(0);
    expect(damages[0]!.dropped).to.deep.equal(['http://10.0.0.1/']);
  });

  it('hears nothing in other warnings', () => {
    torrent.emit('warning', 'tracker is silent');
    torrent.emit('warning', new Error('Piece of cake'));
    expect(damages).to.deep.equal([]);
  });

  function meet(
    remoteAddress: string,
    remotePort: number,
    peerId?: string,
    type = 'tcpOutgoing',
  ): Pick<Wire, 'request'> {
    const id = peerId ?? `${remoteAddress} ${remotePort}`;
    const request: Wire['request'] = (_piece, _offset, _length, done) => done(null, Buffer.alloc(1));
    const wire = Object.assign(new EventEmitter(), { remoteAddress, remotePort, peerId: id, type, request });
    const destroy = (): void => void destroyed.push(`${remoteAddress}:${remotePort}`);
    const name = type === 'webSeed' ? remoteAddress : `${remoteAddress}:${remotePort}`;
    peers.set(name, { id: name, wire, retries: 0 });
    torrent.emit('wire', Object.assign(wire, { destroy }) satisfies Pick<Wire, 'destroy' | 'type'>);
    return wire;
  }

  function send(piece: number, ...wires: readonly Pick<Wire, 'request'>[]): void {
    for (const wire of wires) wire.request(piece, 0, 1, () => undefined);
  }

  function fail(piece: number): void {
    torrent.emit('warning', new Error(`Piece ${piece} failed verification`));
  }
});
