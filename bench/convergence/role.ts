// A node or supernode as a process of its own that can be killed, frozen, and started again where it was.

import { CHALLENGE_BYTES, pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { startAnatomic } from '../../test/helpers/anatomic.ts';
import type { RunningProcess } from '../../test/helpers/running-process.ts';

export type RoleName = 'node' | 'supernode';

const ANYWHERE = ['--host', '127.0.0.1', '--allow-network', '127.0.0.0/8', '--log-level', 'silent'];

const ANY_CHALLENGE = '0'.repeat(2 * CHALLENGE_BYTES);

export class Role {
  readonly baseUrl: string;
  readonly id: Id;
  readonly #command: readonly string[];
  #process: RunningProcess;

  private constructor(baseUrl: string, id: Id, command: readonly string[], running: RunningProcess) {
    this.baseUrl = baseUrl;
    this.id = id;
    this.#command = command;
    this.#process = running;
  }

  /** Resolves when it is ready. `flags` come beside those for the place; port 0 takes a free one. */
  static async start(name: RoleName, dataDirectory: string, flags: readonly string[], port = 0): Promise<Role> {
    const command = [name, ...ANYWHERE, '--data-directory', dataDirectory, ...flags];
    if (name === 'node') command.push('--udp-port', '0');
    const running = startAnatomic([...command, '--http-port', String(port)]);
    const [, baseUrl = ''] = await running.line(/^listening (http:\S+)\/announce$/);
    await running.line(/^ready$/);
    const pong = await (await fetch(`${baseUrl}/v2/ping?challenge=${ANY_CHALLENGE}`)).arrayBuffer();
    const id = pongRecord.open(new Uint8Array(pong), Date.now()).record.author;
    return new Role(baseUrl, id, [...command, '--http-port', new URL(baseUrl).port], running);
  }

  /** As a machine that loses its power, but for the connections, which are refused from then on. */
  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }

  async startAgain(): Promise<void> {
    this.#process = startAnatomic(this.#command);
    await this.#process.line(/^ready$/);
  }

  /** Connections are accepted by the system and nobody answers: what a hung machine looks like. */
  freeze(): void {
    process.kill(this.#process.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.#process.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (!this.#process.hasEnded) await this.#process.stop();
  }
}
