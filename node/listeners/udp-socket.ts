// What the UDP door needs of a socket, so that one made of JavaScript and one made of C can stand in for each other.

import type { Clock } from '../../shared/platform/clock.ts';
import type { UdpAnswers } from './udp-answers.ts';

/** Bound, and answering. */
export interface UdpSocket {
  readonly port: number;
  /** No datagram is answered after the call, which may be made again. */
  close(): Promise<void>;
}

export interface UdpSocketOptions {
  /** An IP address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly answers: UdpAnswers;
  readonly clock: Clock;
  /** Told of what the socket reports once it is bound. */
  readonly onError: (error: Error) => void;
}

/** Rejects with the `code` of the system when the address cannot be bound. */
export type OpenUdpSocket = (options: UdpSocketOptions) => Promise<UdpSocket>;

/** As much as the system lets a process ask for: bursts wait here while JavaScript is busy. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
