// The UDP socket that the package of the DHT is given in the place of the system's: nothing malformed comes in, nothing
// goes to addresses that must not be called, and both ways have a limit per second, whatever others send.

import { createSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { isKrpcMessage } from '../protocol/dht/krpc.ts';

export interface DhtSocketOptions {
  /** Whether a datagram may go to this IP address. */
  readonly mayCall: (address: string) => boolean;
  readonly clock: Clock;
}

/** A busy node hears some tens per second. A query is checked in 6 microseconds, the worst of datagrams in 75. */
export const MAX_RECEIVED_PER_SECOND = 1000;
/** A look-up sends some tens per second; a node that is lied to may be made to send for ever, but no more than this. */
export const MAX_SENT_PER_SECOND = 250;
/** What fits one packet: nobody is flooded with an answer larger than this by asking in his name. */
const MAX_SENT_BYTES = 1400;

/** Emits `message`, `error`, `listening` and `close` as a socket of node:dgram does. */
export class DhtSocket extends EventEmitter {
  readonly #socket = createSocket('udp4');
  readonly #options: DhtSocketOptions;
  readonly #received: Allowance;
  readonly #sent: Allowance;

  constructor(options: DhtSocketOptions) {
    super();
    this.#options = options;
    this.#received = new Allowance(MAX_RECEIVED_PER_SECOND, options.clock);
    this.#sent = new Allowance(MAX_SENT_PER_SECOND, options.clock);
    this.#socket.on('message', (bytes, from) => {
      if (this.#received.take() && isKrpcMessage(bytes)) this.emit('message', bytes, from);
    });
    this.#socket.on('error', (error) => this.emit('error', error));
    this.#socket.on('listening', () => this.emit('listening'));
    this.#socket.on('close', () => this.emit('close'));
  }

  bind(port: number, address?: string): void {
    this.#socket.bind(port, address);
  }

  address(): AddressInfo {
    return this.#socket.address();
  }

  /** What may not be sent is lost, as datagrams may be. */
  send(bytes: Uint8Array, offset: number, length: number, port: number, address: string): void {
    if (length > MAX_SENT_BYTES || !this.#options.mayCall(address) || !this.#sent.take()) return;
    // That nobody is there the other side will not say either.
    this.#socket.send(bytes, offset, length, port, address, () => undefined);
  }

  close(): void {
    this.#socket.close();
  }
}

/** So many within each second of the clock. */
class Allowance {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #second = 0;
  #left = 0;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  take(): boolean {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#left = this.#perSecond;
    }
    return this.#left-- > 0;
  }
}
