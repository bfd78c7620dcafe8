// What the tests of the addon have in common: sockets in the loop or with a thread, closed after each test.

import { loadAddon, type SocketsAddon } from '../../../node/native/addon.ts';
import { need } from '../../helpers/needs.ts';

export const LOOPBACK: Buffer = Buffer.from([127, 0, 0, 1]);
/** Of a datagram. */
export const SLOT_BYTES = 24;

type Buffers = [input: Buffer, output: Buffer, slots: Buffer];

/** For datagrams of 32 bytes and answers of 16. */
export function buffersFor(batch: number): Buffers {
  return [Buffer.alloc(batch * 32), Buffer.alloc(batch * 16), Buffer.alloc(batch * SLOT_BYTES)];
}

export class AddonLab {
  readonly hasThread: boolean;
  readonly #handles: object[] = [];

  constructor(hasThread: boolean) {
    this.hasThread = hasThread;
  }

  get addon(): SocketsAddon {
    return loadAddon()!;
  }

  /** A socket for datagrams. */
  openUdp(buffers: Buffers, onRequests: (count: number) => void, port = 0): object {
    return this.keep(this.addon.openUdp(LOOPBACK, port, 1 << 16, buffers, [onRequests], this.hasThread));
  }

  /** Closes it after the test. */
  keep(handle: object): object {
    this.#handles.push(handle);
    return handle;
  }

  end(): void {
    for (const handle of this.#handles.splice(0)) this.addon.close(handle);
  }
}

/** Runs tests of the addon over sockets in the loop of Node.js, and over those with a thread. */
export function describeAddon(title: string, tests: (lab: AddonLab) => void): void {
  for (const hasThread of [false, true]) {
    describe(`${title}, ${hasThread ? 'with a thread' : 'in the loop'}`, () => {
      const lab = new AddonLab(hasThread);
      before(function () {
        need(this, loadAddon() !== undefined, 'the addon that npm run build makes where there is a C compiler');
      });
      afterEach(() => lab.end());
      tests(lab);
    });
  }
}
