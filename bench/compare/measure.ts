// One visit to one tracker: start it, fill in the peers, measure each mode, stop it.

import { type LoadResult, listHashes, runLoad } from '../load/load-program.ts';
import type { Mode, Workload } from '../load/workload.ts';
import type { BenchOptions } from './options.ts';
import type { Contender } from './servers/contender.ts';
import { RunningServer } from './servers/running-server.ts';

const WARM_UP_MS = 500;
/** Before memory is counted: ten peers of one torrent announce for so long, so that a runtime has the memory that work takes it. */
const MEMORY_WARM_UP_MS = 1500;
const FEW_PEERS = { torrents: 1, peersPerTorrent: 10 };
const FILL_LIMIT_MS = 240_000;
const SERVER_CORE = ['taskset', '-c', '0'];
const LOAD_CORE = ['taskset', '-c', '1'];

export interface Visit {
  readonly contender: Contender;
  readonly workload: Workload;
  readonly fill: LoadResult;
  /** Growth of resident memory by the fill, after a warm-up, divided by the peers filled in. */
  readonly bytesPerPeer: number;
  readonly results: readonly { readonly mode: Mode; readonly load: LoadResult }[];
}

export async function visit(
  contender: Contender,
  workload: Workload,
  seed: number,
  options: BenchOptions,
): Promise<Visit> {
  const server = await RunningServer.start(contender, options.isPinned ? SERVER_CORE : [], () => listHashes(workload));
  try {
    const place = { workload, seed, port: server.port, serverPid: server.pid, inFlight: options.inFlight };
    const prefix = options.isPinned ? LOAD_CORE : [];
    const warmUp = {
      ...place,
      workload: { ...workload, ...FEW_PEERS },
      mode: 'udp',
      isFill: false,
      warmUpMs: 0,
    } as const;
    await runLoad({ ...warmUp, limitMs: MEMORY_WARM_UP_MS }, prefix);
    const emptyBytes = await server.residentBytes();
    const filling = { ...place, mode: 'udp', isFill: true, warmUpMs: 0, limitMs: FILL_LIMIT_MS } as const;
    const fill = await runLoad(filling, prefix);
    if (!fill.isFilled) throw new Error(`${contender.title} did not take all peers: ${await server.log()}`);
    const bytesPerPeer = ((await server.residentBytes()) - emptyBytes) / Math.max(1, fill.answers);
    const results: { mode: Mode; load: LoadResult }[] = [];
    for (const mode of workload.isFillOnly ? [] : options.modes) {
      if (!contender.modes.includes(mode)) continue;
      const timed = { ...place, mode, isFill: false, warmUpMs: WARM_UP_MS, limitMs: options.seconds * 1000 };
      const load = await runLoad(timed, prefix);
      if (load.answers === 0)
        throw new Error(`${contender.title} answered nothing over ${mode}: ${await server.log()}`);
      results.push({ mode, load });
    }
    return { contender, workload, fill, bytesPerPeer, results };
  } finally {
    await server.stop();
  }
}
