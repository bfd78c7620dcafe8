// What supernodes say to each other: whether a node can be reached, for how long it has been silent, what it carries, and
// which plant records they hold. Ids are hex here and raw bytes on the wire.

import { readBytes } from '../encoding/fields.ts';
import { dictionaryCodec } from '../records/codec.ts';
import { packHashes, packIds, readFlag, readHashes, readHex, readId, readIds } from '../records/message-fields.ts';
import { type Id, MAX_STATEMENT_BYTES } from '../records/record.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import { type CatalogueHead, CHALLENGE_BYTES, MAX_CATALOGUE_HASHES, readHead, writeHead } from './node-messages.ts';

export const PROBE_PATH = '/v2/probe';
export const OBSERVATIONS_PATH = '/v2/observations';

/** One call asks about at most this many nodes. */
export const MAX_OBSERVED = 1000;
const MAX_PONG_BYTES = 2 * MAX_STATEMENT_BYTES;
const SILENCE_BYTES = 4;
const MAX_SILENCE_SECONDS = 2 ** 32 - 1;

/** Digests of one level of the tree over plant records, 16 bytes each. */
const LEVEL_BYTES = 256 * 16;

/** GET /v2/digests: one level of the digests over all plant records. */
export interface DigestsAnswer {
  /** 256 times 16 bytes, one after the other. */
  readonly digests: Uint8Array;
}

/** GET /v2/mirror: "what does this node carry, as you have read it?" Whoever has the head from the node needs no signature. */
export interface MirrorPage {
  /** What all pages together amount to. */
  readonly head: CatalogueHead;
  /** In ascending order; the next page begins after the last one. */
  readonly hashes: readonly InfoHash[];
  readonly isLast: boolean;
}

/** POST /v2/probe: "can you reach this node?" */
export interface ProbeCall {
  readonly node: Id;
  /** The asker's, 32 hex digits: the node answers it, so that nobody need believe the one in between. */
  readonly challenge: string;
}

export interface ProbeAnswer {
  /** The pong record as the node signed it; left out when it did not answer. */
  readonly pong?: Uint8Array;
}

/** POST /v2/observations: "for how long have these nodes been silent?" */
export interface ObservationsCall {
  readonly nodes: readonly Id[];
}

export interface Observation {
  readonly node: Id;
  /** Seconds since the node last answered; 0 while it answers. */
  readonly silentSeconds: number;
}

export interface ObservationsAnswer {
  /** Whether the answerer trusts its own eyes: false while it reaches few of the nodes that it used to reach. */
  readonly isHealthy: boolean;
  /** Nodes that the answerer does not know are left out. */
  readonly observations: readonly Observation[];
}

export const probeCall = dictionaryCodec<ProbeCall>(
  'probe call',
  ({ node, challenge }) => ({ node: Buffer.from(node, 'hex'), challenge: Buffer.from(challenge, 'hex') }),
  (fields) => ({
    node: readId(fields, 'node'),
    challenge: readHex(fields, 'challenge', CHALLENGE_BYTES),
  }),
);

export const probeAnswer = dictionaryCodec<ProbeAnswer>(
  'probe answer',
  ({ pong }) => ({ pong }),
  (fields) => (fields.pong === undefined ? {} : { pong: readBytes(fields, 'pong', { min: 1, max: MAX_PONG_BYTES }) }),
);

export const observationsCall = dictionaryCodec<ObservationsCall>(
  'observations call',
  ({ nodes }) => ({ nodes: packIds(nodes) }),
  (fields) => ({ nodes: readIds(fields, 'nodes', MAX_OBSERVED) }),
);

export const observationsAnswer = dictionaryCodec<ObservationsAnswer>(
  'observations answer',
  ({ isHealthy, observations }) => ({
    healthy: isHealthy ? 1 : 0,
    nodes: packIds(observations.map(({ node }) => node)),
    silence: packSilence(observations),
  }),
  (fields) => {
    const nodes = readIds(fields, 'nodes', MAX_OBSERVED);
    const silence = readBytes(fields, 'silence', nodes.length * SILENCE_BYTES);
    return {
      isHealthy: readFlag(fields, 'healthy'),
      observations: nodes.map((node, index) => ({ node, silentSeconds: silence.readUInt32BE(index * SILENCE_BYTES) })),
    };
  },
);

export const mirrorPage = dictionaryCodec<MirrorPage>(
  'mirror page',
  ({ head, hashes, isLast }) => ({ head: writeHead(head), hashes: packHashes(hashes), last: isLast ? 1 : 0 }),
  (fields) => ({
    head: readHead(fields.head, 'head'),
    hashes: readHashes(fields, 'hashes', MAX_CATALOGUE_HASHES),
    isLast: readFlag(fields, 'last'),
  }),
);

export const digestsAnswer = dictionaryCodec<DigestsAnswer>(
  'digests answer',
  ({ digests }) => ({ digests }),
  (fields) => ({ digests: readBytes(fields, 'digests', LEVEL_BYTES) }),
);

/** 4 bytes each, most significant first. */
function packSilence(observations: readonly Observation[]): Buffer {
  const bytes = Buffer.alloc(observations.length * SILENCE_BYTES);
  for (const [index, { silentSeconds }] of observations.entries()) {
    bytes.writeUInt32BE(Math.min(silentSeconds, MAX_SILENCE_SECONDS), index * SILENCE_BYTES);
  }
  return bytes;
}
