// A tracker that takes any torrent, a client of another make and `anatomic get` or `seed`: each a host in a namespace of its own.

import { join } from 'node:path';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { type Client, makeSession } from './clients.ts';
import { Lab } from './lab.ts';

const [TRACKER_HOST, THEIR_HOST, OUR_HOST] = [0, 1, 2];
const PORT = 6969;

export class OpenLab implements AsyncDisposable {
  readonly folder: string;
  /** At an IPv4 address or an IPv6 one, and so are the peers. */
  readonly announce: string;
  readonly #lab: Lab;
  readonly #tracker: RunningProcess;

  private constructor(lab: Lab, announce: string, tracker: RunningProcess) {
    this.folder = lab.folder;
    this.announce = announce;
    this.#lab = lab;
    this.#tracker = tracker;
  }

  static async start(family: 4 | 6): Promise<OpenLab> {
    const lab = await Lab.inNamespaces(OUR_HOST + 1);
    const { address, address6, namespace } = lab.host(TRACKER_HOST);
    const [host, shown] = family === 4 ? [address, address] : [address6, `[${address6}]`];
    const place = ['--host', host, '--http-port', `${PORT}`, '--data-directory', join(lab.folder, 'node')];
    const tracker = startAnatomic(['node', '--mode', 'open', ...place], { namespace });
    await tracker.line(/^ready$/);
    return new OpenLab(lab, `http://${shown}:${PORT}/announce`, tracker);
  }

  /** Seeds with them, gets with us, by a link when there is one; returns the folder in which it is then. */
  async getFrom(client: Client, torrent: string, seedFolder: string, label: string, link = torrent): Promise<string> {
    const host = this.#lab.host(THEIR_HOST);
    await using _seed = await client.seed(await makeSession(this.folder, `${label}-seed`, torrent, host, seedFolder));
    const folder = join(this.folder, label);
    await using get = this.anatomic('get', [link, '--output', folder, '--give-up', '60s']);
    expect(await get.end(), [...get.stdoutLines.slice(-9), ...get.stderrLines].join('\n')).to.equal(0);
    return folder;
  }

  /** Seeds with us, downloads with them until `file` is complete; returns the folder in which it is then. */
  async seedTo(
    client: Client,
    torrent: string,
    seedFolder: string,
    label: string,
    file: string,
    link = torrent,
  ): Promise<string> {
    await using seed = this.anatomic('seed', [torrent, '--data', seedFolder]);
    await seed.line(/"event":"seeding"/);
    const session = await makeSession(this.folder, label, link, this.#lab.host(THEIR_HOST));
    await client.download(session, file);
    return session.folder;
  }

  anatomic(command: 'get' | 'seed', args: readonly string[]): RunningProcess {
    const environment = { XDG_STATE_HOME: join(this.folder, 'state'), ANATOMIC_PORT: '0' };
    const nobody = ['--supernode', 'http://127.0.0.1:1'];
    const { namespace } = this.#lab.host(OUR_HOST);
    return startAnatomic([command, ...args, '--json', ...nobody], { namespace, environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracker.stop();
    await this.#lab[Symbol.asyncDispose]();
  }
}
