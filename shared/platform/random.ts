// Chance as an argument: the system's for services, a seeded one for simulations and tests.

import { randomBytes, randomFillSync } from 'node:crypto';

export interface Random {
  /** A uniform integer, 0 to 2^32 - 1. */
  uint32(): number;
  /** Fresh bytes that the caller may keep. */
  bytes(count: number): Buffer;
}

const UINT32_BYTES = 4;
const POOL_BYTES = 8192;

/** Cryptographic; `uint32` draws from a pool, since one system call per number would dominate an announce. */
export const systemRandom: Random = createSystemRandom();

/** Repeats the same sequence for the same 32-bit seed; never use it for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  // SplitMix32 (the finaliser of MurmurHash3 over a Weyl sequence).
  const uint32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const bytes = (count: number): Buffer => {
    const out = Buffer.alloc(count);
    for (let at = 0; at < count; at++) out[at] = uint32() & 0xff;
    return out;
  };
  return { uint32, bytes };
}

/** Any one of them; undefined when there is none. */
export function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[random.uint32() % items.length];
}

/** Fisher and Yates; the remainder's bias is far below what could matter for some hundred items. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.uint32() % (last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

function createSystemRandom(): Random {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  const uint32 = (): number => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const value = pool.readUInt32LE(used);
    used += UINT32_BYTES;
    return value;
  };
  return { uint32, bytes: (count) => randomBytes(count) };
}
