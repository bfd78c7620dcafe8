// A whole transfer: trackers are found, the engine works, and what is only a link becomes a torrent first.

import { PublicError } from '../../shared/errors.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { Engine } from '../engine/engine.ts';
import { webSeedsOf } from '../engine/web-seeds.ts';
import { type FoundTrackers, findTrackers } from '../swarm/find-trackers.ts';
import { type Ending, linkToTree, type TransferPlan, type TransferWorld } from './plan.ts';
import { TransferRun } from './transfer-run.ts';

/** Throws PublicError when it cannot begin, or not go on. */
export async function runTransfer(plan: TransferPlan, world: TransferWorld): Promise<Ending> {
  const { torrent } = plan;
  const found = await findTrackers(torrent, world.wish, world.identity, world.signal);
  if (world.signal.aborted) {
    world.reporter.ended('interrupted', undefined);
    return 'interrupted';
  }
  const { tiers, webSocketTrackers, carriers, failure } = found;
  const count = tiers.flatMap(({ urls }) => urls).length + webSocketTrackers.length;
  world.reporter.trackers(carriers, count, failure);
  const hasWebSeeds = torrent.file !== undefined && webSeedsOf(torrent.file.bytes).length > 0;
  if (count === 0 && !hasWebSeeds && plan.engine.dht === undefined) {
    throw new PublicError('no-tracker', `it names no tracker, and no node is known to carry it${because(failure)}`);
  }
  const engine = await Engine.start({ ...plan.engine, webSocketTrackers });
  try {
    if (linkToTree(torrent) !== undefined) return await runLinked(plan, world, engine, found);
    return await new TransferRun(plan, world, engine, found).run();
  } finally {
    await engine.close();
  }
}

/** Fetches the .torrent first, and goes on as if it had been there. */
async function runLinked(
  plan: TransferPlan,
  world: TransferWorld,
  engine: Engine,
  found: FoundTrackers,
): Promise<Ending> {
  let bytes: Buffer | undefined;
  const onMetainfo = (torrent: Uint8Array): void => {
    bytes = Buffer.from(torrent);
  };
  const fetching = new TransferRun({ ...plan, onMetainfo }, world, engine, found);
  const ending = await fetching.run();
  if (bytes === undefined) return ending;
  if (plan.onMetainfo !== undefined) {
    plan.onMetainfo(bytes);
    return ending;
  }
  await fetching.remove();
  const torrent = { ...plan.torrent, file: { bytes, metainfo: readMetainfo(bytes) } };
  return new TransferRun({ ...plan, torrent }, world, engine, found).run();
}

function because(failure: string | undefined): string {
  return failure === undefined ? '' : ` (${failure})`;
}
