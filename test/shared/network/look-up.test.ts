import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { lookUp } from '../../../shared/network/look-up.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import type { LookupAnswer } from '../../../shared/protocol/messages/directory-messages.ts';
import { nodeRecord, plantRecord } from '../../../shared/protocol/records/statements.ts';

const NOW = 1_800_000_000_000;
const A = 'a'.repeat(40);
const [node, other, planter] = [1, 2, 3].map((byte) => createSigner(Buffer.alloc(32, byte)));

describe('shared/network/look-up.ts', () => {
  it('puts together what several supernodes know: the best state, the newest records', async () => {
    const [found] = await ask([
      { carriers: [[node!.id, 'down']], nodes: [nodeOf(node!, 1)], plants: [plantOf(2, NOW)] },
      {
        carriers: [
          [other!.id, 'suspect'],
          [node!.id, 'up'],
        ],
        nodes: [nodeOf(node!, 2), nodeOf(other!, 1)],
        plants: [plantOf(3, NOW + 1)],
      },
    ]);
    expect(found?.carriers.map(({ id, state, statement }) => [id, state, statement.urls[0]])).to.deep.equal([
      [node!.id, 'up', 'http://192.0.2.1:2'],
      [other!.id, 'suspect', 'http://192.0.2.1:1'],
    ]);
    expect(found?.plants.map(({ value }) => value.copies)).to.deep.equal([3]);
  });

  it('leaves out carriers without a good record, plants of other torrents and uproots', async () => {
    const bent = Buffer.from(nodeOf(node!, 1));
    bent[bent.length - 20]! ^= 1;
    const foreign = plantRecord.sign({ infoHash: 'b'.repeat(40), copies: 1, seq: NOW, ttlSeconds: 60 }, planter!).bytes;
    const [found] = await ask([{ carriers: [[node!.id, 'up']], nodes: [bent], plants: [foreign, plantOf(0, NOW)] }]);
    expect(found).to.deep.equal({ infoHash: A, carriers: [], plants: [] });
  });

  it('is content with one answer, and fails without any', async () => {
    const [found] = await ask(['dead', { carriers: [[node!.id, 'up']], nodes: [nodeOf(node!, 1)], plants: [] }]);
    expect(found?.carriers).to.have.length(1);
    const error: unknown = await ask(['dead', 'dead']).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message', 'connection refused; connection refused');
  });

  it('asks three at once, and the next ones when none of those answers', async () => {
    const knows: Knowledge = { carriers: [[node!.id, 'up']], nodes: [nodeOf(node!, 1)], plants: [] };
    const asked: number[] = [];
    const [found] = await ask(['dead', 'dead', 'dead', 'dead', knows, knows, knows], [A], asked);
    expect([found?.carriers.length, asked]).to.deep.equal([1, [1, 1]]);
  });

  it('asks for many hashes in several questions', async () => {
    const hashes = Array.from({ length: 70 }, (_, index) => `${index}`.padStart(40, '0'));
    const asked: number[] = [];
    const found = await ask([{ carriers: [], nodes: [], plants: [] }], hashes, asked);
    expect([found.length, asked]).to.deep.equal([70, [32, 32, 6]]);
  });
});

interface Knowledge {
  readonly carriers: readonly (readonly [string, 'up' | 'suspect' | 'down'])[];
  readonly nodes: readonly Uint8Array[];
  readonly plants: readonly Uint8Array[];
}

/** What supernodes that know this answer. */
function ask(supernodes: readonly (Knowledge | 'dead')[], hashes: readonly string[] = [A], asked: number[] = []) {
  const lookup = async (url: string, some: readonly string[]): Promise<LookupAnswer> => {
    const knowledge = supernodes[Number(url)]!;
    if (knowledge === 'dead')
      throw new PublicError('unreachable', 'it does not answer', { cause: new Error('connection refused') });
    asked.push(some.length);
    const { carriers, nodes, plants } = knowledge;
    const item = { carriers: carriers.map(([id, state]) => ({ node: id, state })), plants };
    return { items: some.map((infoHash) => ({ infoHash, ...item })), nodes };
  };
  const known = supernodes.map((_, index) => ({ id: `${index}`, url: `${index}`, publicUrl: `${index}` }));
  return lookUp(known, { lookup }, hashes, NOW);
}

function nodeOf(signer: ReturnType<typeof createSigner>, version: number): Uint8Array {
  const statement = {
    urls: [`http://192.0.2.1:${version}`],
    udpPort: 0,
    state: 'open' as const,
    weight: 100,
    software: 'x',
  };
  return nodeRecord.sign({ ...statement, seq: NOW + version, ttlSeconds: 60 }, signer).bytes;
}

function plantOf(copies: number, seq: number): Uint8Array {
  return plantRecord.sign({ infoHash: A, copies, seq, ttlSeconds: 60 }, planter!).bytes;
}
