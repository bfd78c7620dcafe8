// Random addresses among the peers of an answer, for an operator who wants that no answer proves of an address that it
// takes part ("plausible deniability", an idea of opentracker). Off unless asked for: list keepers ban trackers that pretend.

import type { Random } from '../../shared/platform/random.ts';
import { IPV4_BYTES, IPV6_BYTES } from '../../shared/protocol/addresses/endpoint.ts';
import { isGlobalUnicastBytes } from '../../shared/protocol/addresses/networks.ts';
import {
  type AnnounceAnswer,
  COMPACT_IPV4_BYTES,
  COMPACT_IPV6_BYTES,
} from '../../shared/protocol/tracker/tracker-messages.ts';
import { Dice } from './dice.ts';

/** Of the peers in an answer. */
export const MAX_DENIABILITY_PERCENT = 10;

/** First bytes of what the five registries give out: 2400::/12 and so on. */
const IPV6_REGISTRIES = [0x24, 0x26, 0x28, 0x2a, 0x2c] as const;
const FIRST_PORT = 1024;
const PORTS = 65_536 - FIRST_PORT;

export class Deniability {
  /** Random addresses given out. */
  given = 0;
  readonly #percent: number;
  readonly #dice: Dice;
  readonly #address = new Uint8Array(IPV6_BYTES);

  constructor(percent: number, random: Random) {
    this.#percent = percent;
    this.#dice = new Dice(random);
  }

  /** Puts random addresses in the place of some peers: never more than the share, so none in a short answer. */
  mix(answer: AnnounceAnswer): void {
    const { peers4, peers4Count, peers6, peers6Count } = answer;
    const total = peers4Count + peers6Count;
    for (let left = Math.floor((total * this.#percent) / 100); left > 0; left--) {
      const place = this.#dice.below(total);
      if (place < peers4Count) this.#write(4, peers4, place * COMPACT_IPV4_BYTES);
      else this.#write(6, peers6, (place - peers4Count) * COMPACT_IPV6_BYTES);
      this.given++;
    }
  }

  #write(family: 4 | 6, out: Buffer, at: number): void {
    const length = family === 4 ? IPV4_BYTES : IPV6_BYTES;
    do this.#draw(family, length);
    while (!isGlobalUnicastBytes(this.#address, family));
    out.set(this.#address.subarray(0, length), at);
    out.writeUInt16BE(FIRST_PORT + this.#dice.below(PORTS), at + length);
  }

  #draw(family: 4 | 6, length: number): void {
    const address = this.#address;
    for (let i = 0; i < length; i++) address[i] = this.#dice.below(256);
    if (family === 4) return;
    address[0] = IPV6_REGISTRIES[this.#dice.below(IPV6_REGISTRIES.length)]!;
    address[1]! &= 0x0f;
  }
}
