// A network in memory: nodes that do as they are told, and a record of what they were asked.

import type { Offer, OfferedNode, PlantNetwork, Registration } from '../../planter/network.ts';
import { PublicError } from '../../shared/errors.ts';
import type { FoundCarrier, FoundTorrent } from '../../shared/network/look-up.ts';
import type { Supernode } from '../../shared/network/supernodes.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import type { RegisterCall } from '../../shared/protocol/messages/directory-messages.ts';
import type { PlantCall, PlantItem } from '../../shared/protocol/messages/node-messages.ts';
import { type PlantStatement, plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';

/** What a node does when it is asked to carry something: 'dead' never answers, 'refuse' has a reason. */
export type Mood = 'plant' | 'know' | 'refuse' | 'dead';

export const NOW = 1_800_000_000_000;
export const SIGNER = createSigner(Buffer.alloc(32, 7));

export class FakeNetwork implements PlantNetwork {
  readonly supernodes: readonly Supernode[];
  readonly nodes: readonly OfferedNode[];
  readonly moods = new Map<string, Mood>();
  /** Which nodes a hash is offered, by index; all when left out. */
  readonly offered = new Map<InfoHash, readonly number[]>();
  /** What the planter of SIGNER said before. */
  readonly own = new Map<InfoHash, PlantStatement>();
  /** Nodes that carry every hash, by index. */
  carrying: readonly number[] = [];
  readonly calls: { readonly url: string; readonly call: PlantCall }[] = [];
  readonly registrations: RegisterCall[] = [];
  registrationFailures: readonly string[] = [];
  /** Supernodes that introduce each other, but are not named. */
  strangers: readonly Supernode[] = [];
  /** By URL: how many times a supernode does not show what it was told. */
  readonly hiding = new Map<string, number | 'silent'>();
  /** Look-ups at one supernode. */
  readonly readings: { readonly url: string; readonly count: number }[] = [];
  isLasting = true;
  isClosed = false;

  constructor(nodeCount = 3, supernodeCount = 2) {
    this.nodes = Array.from({ length: nodeCount }, (_, index) => {
      const id = `${index + 1}`.padStart(64, '0');
      return { id, urls: [`http://192.0.2.${index + 1}:6969`], record: Buffer.from(`record ${index + 1}`) };
    });
    this.supernodes = Array.from({ length: supernodeCount }, (_, index) => {
      const url = `http://198.51.100.${index + 1}:6970`;
      return { id: `${index + 1}`.padStart(64, 'f'), url, publicUrl: url };
    });
  }

  async lookUp(hashes: readonly InfoHash[], supernodes?: readonly Supernode[]): Promise<FoundTorrent[]> {
    if (supernodes !== undefined) return supernodes.flatMap((supernode) => this.#readBack(supernode, hashes));
    return hashes.map((infoHash) => {
      const statement = this.own.get(infoHash);
      const plants = statement === undefined ? [] : [plantRecord.sign(statement, SIGNER)];
      return {
        infoHash,
        carriers: this.carrying.map((index) => carrierOf(this.nodes[index]!)),
        plants: plants.map((record) => ({ record, value: plantRecord.read(record, NOW) })),
      };
    });
  }

  async allocate(infoHash: InfoHash): Promise<Offer> {
    const indices = this.offered.get(infoHash) ?? [...this.nodes.keys()];
    return { infoHash, allocation: Buffer.from(`for ${infoHash}`), nodes: indices.map((index) => this.nodes[index]!) };
  }

  async plant(node: OfferedNode, call: PlantCall): Promise<{ url: string; items: readonly PlantItem[] }> {
    const url = node.urls[0]!;
    this.calls.push({ url, call });
    const mood = this.moods.get(url) ?? 'plant';
    if (mood === 'dead') throw new PublicError('network', `${url}: connection refused`);
    const items = call.plants.map((bytes): PlantItem => {
      const { infoHash } = plantRecord.open(bytes, NOW).value;
      if (mood === 'refuse') return { infoHash, status: 'refused', code: 'full' };
      const receipt = Buffer.from(`receipt of ${url} for ${infoHash}`);
      return { infoHash, status: mood === 'know' ? 'known' : 'planted', receipt };
    });
    return { url, items };
  }

  async register(call: RegisterCall): Promise<Registration> {
    this.registrations.push(call);
    const failed = this.registrationFailures.length;
    return { registered: this.supernodes.slice(failed), failures: this.registrationFailures };
  }

  /** What a supernode shows of what was registered, unless it is silent, or hides it that many times yet. */
  #readBack({ url }: Supernode, hashes: readonly InfoHash[]): FoundTorrent[] {
    this.readings.push({ url, count: hashes.length });
    const hidden = this.hiding.get(url) ?? 0;
    if (hidden === 'silent') throw new PublicError('network', `${url}: connection refused`);
    this.hiding.set(url, Math.max(0, hidden - 1));
    const known = this.registrations.flatMap(({ plants }) => plants.map((bytes) => plantRecord.open(bytes, NOW)));
    return hashes.map((infoHash) => ({
      infoHash,
      carriers: hidden > 0 ? [] : this.nodes.map((node) => carrierOf(node)),
      plants: hidden > 0 ? [] : known.filter(({ value }) => value.infoHash === infoHash),
    }));
  }

  async introduced(): Promise<readonly Supernode[]> {
    return this.strangers;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** The URLs of the nodes that were asked, in order. */
  get asked(): string[] {
    return this.calls.map(({ url }) => url);
  }
}

function carrierOf({ id, urls, record }: OfferedNode): FoundCarrier {
  const open = { state: 'open', weight: 100, udpPort: 0, software: 'x', seq: NOW, ttlSeconds: 60 } as const;
  return { id, record, state: 'up', statement: { urls, ...open } };
}
