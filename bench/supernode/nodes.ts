// The nodes that a measured supernode knows: a process that answers in their names, and their keys to sign receipts with.

import { fileURLToPath } from 'node:url';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { receiptRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { type NodeEntry, openMember } from '../../supernode/directory/entry.ts';
import { RunningProcess } from '../../test/helpers/running-process.ts';
import { TemporaryFolder } from '../../test/helpers/temporary-folder.ts';
import { EPOCH, signer } from '../../test/supernode/records.ts';

/** Nodes that carry each torrent. */
export const COPIES = 2;
const NODES = 8;
const RECEIPT_TTL_SECONDS = 86_400;
/** After everything that the catalogues have. */
const LATER_CHANGE = 1_000_000_000;
const MAIN = fileURLToPath(new URL('./nodes-main.ts', import.meta.url));

export class BenchNodes {
  readonly entries: readonly NodeEntry[];
  readonly #process: RunningProcess;
  readonly #folder: TemporaryFolder;

  private constructor(entries: readonly NodeEntry[], running: RunningProcess, folder: TemporaryFolder) {
    this.entries = entries;
    this.#process = running;
    this.#folder = folder;
  }

  /** All torrents are carried by them. */
  static async start(hashes: readonly InfoHash[]): Promise<BenchNodes> {
    const folder = new TemporaryFolder();
    const file = folder.write('hashes', hashes.join('\n'));
    const running = new RunningProcess(process.execPath, [MAIN, String(NODES), file]);
    await running.line(/^ready$/);
    const entries = running.stdoutLines.flatMap((line) => {
      const record = /^node (.+)$/.exec(line)?.[1];
      const entry = record === undefined ? undefined : openMember(Buffer.from(record, 'base64'), Date.now());
      return entry?.type === 'node' ? [entry] : [];
    });
    return new BenchNodes(entries, running, folder);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    this.#folder.remove();
  }
}

/** The receipts of the nodes that carry a torrent from now on. */
export function receiptsFor(infoHash: InfoHash, torrent: number): Uint8Array[] {
  return Array.from({ length: COPIES }, (_, copy) => {
    const node: Signer = signer(1 + ((torrent + copy) % NODES));
    const statement = {
      infoHash,
      epoch: EPOCH,
      change: LATER_CHANGE + torrent,
      seq: Date.now(),
      ttlSeconds: RECEIPT_TTL_SECONDS,
    };
    return receiptRecord.sign(statement, node).bytes;
  });
}
