// A thousand torrents planted in one batch, a node killed in the middle: none is lost.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { infoV1, torrentOf } from '../helpers/torrents.ts';
import { until } from '../helpers/until.ts';
import { Lab } from './lab.ts';

const TORRENTS = 1000;
const COPIES = 3;
const NODES = 5;
const SUPERNODES = 2;
const LIMIT_MS = 110_000;

interface Status {
  readonly carriers: readonly { readonly url: string; readonly state: string; readonly failure?: string }[];
}

describe(`a batch of ${TORRENTS} torrents`, () => {
  let lab: Lab;
  const processes: RunningProcess[] = [];

  before(async () => {
    lab = await Lab.onLoopback(1);
  });

  after(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await lab?.[Symbol.asyncDispose]();
  });

  it('is planted although a node is killed in the middle', async function () {
    this.timeout(4 * LIMIT_MS);
    const supernodes: string[] = [];
    for (let index = 0; index < SUPERNODES; index++) {
      const supernode = server('supernode', index, supernodes);
      supernodes.push((await supernode.line(/^listening (http:\S+)\/announce$/))[1]!);
    }
    const nodes = Array.from({ length: NODES }, (_, index) => server('node', index, supernodes));
    for (const node of nodes) await node.line(/^ready$/);
    const [, killed = ''] = await nodes[0]!.line(/^listening (http:\S+)\/announce$/);

    const files = await writeTorrents(join(lab.folder, 'torrents'));
    const named = supernodes.flatMap((url) => ['--supernode', url]);
    const environment = { XDG_CONFIG_HOME: join(lab.folder, 'config'), XDG_STATE_HOME: join(lab.folder, 'state') };
    const start = performance.now();
    const planter = startAnatomic(['plant', ...files, ...named, '--copies', `${COPIES}`, '--json'], { environment });
    await until(() => planter.stderrLines.some((line) => line.startsWith(`[${TORRENTS / 2}/`)), {
      timeoutMs: LIMIT_MS,
    });
    await nodes[0]!.stop('SIGKILL');
    expect(await planter.end(), planter.stderrLines.slice(-5).join('\n')).to.equal(0);
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write(`      ${TORRENTS} torrents planted ${COPIES} times in ${seconds.toFixed(1)} s\n`);

    const asking = startAnatomic(['status', ...files, ...named, '--json'], { environment });
    expect(await asking.end(), asking.stderrLines.slice(-5).join('\n')).to.equal(0);
    const { torrents } = JSON.parse(asking.stdoutLines.join('\n')) as { torrents: readonly Status[] };
    const alive = torrents.map(({ carriers }) => {
      return carriers.filter(({ url, state, failure }) => url !== killed && state === 'up' && failure === undefined)
        .length;
    });
    expect(alive).to.have.length(TORRENTS);
    expect(Math.min(...alive)).to.be.at.least(COPIES - 1);
  });

  function server(role: string, index: number, supernodes: readonly string[]): RunningProcess {
    const place = ['--host', '127.0.0.1', '--http-port', '0', '--data-directory', join(lab.folder, `${role}-${index}`)];
    const network = [...supernodes.flatMap((url) => ['--supernode', url]), '--allow-network', lab.network];
    const ports = role === 'node' ? ['--udp-port', '0'] : [];
    const process = startAnatomic([role, ...place, ...ports, ...network]);
    processes.push(process);
    return process;
  }
});

async function writeTorrents(folder: string): Promise<string[]> {
  await mkdir(folder);
  return Promise.all(
    Array.from({ length: TORRENTS }, async (_, index) => {
      const file = join(folder, `${index}.torrent`);
      await writeFile(file, torrentOf(infoV1(`file ${index}`)));
      return file;
    }),
  );
}
