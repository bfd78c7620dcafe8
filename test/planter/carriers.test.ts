import { expect } from 'chai';
import { plantOnNodes } from '../../planter/carriers.ts';
import { plantRecord } from '../../shared/protocol/records/statements.ts';
import { FakeNetwork, NOW, SIGNER } from './fake-network.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('planter/carriers.ts', () => {
  it('asks as many nodes as there shall be copies, the best placed', async () => {
    const network = new FakeNetwork(5);
    const { carriers, failures, missing } = await run(network, 3);
    expect(network.asked).to.deep.equal(urls(1, 2, 3));
    expect(carriers.map(({ url }) => url)).to.deep.equal(urls(1, 2, 3));
    expect([failures.length, missing.size]).to.deep.equal([0, 0]);
  });

  it('shows a node its allocation and introduces all others', async () => {
    const network = new FakeNetwork(2);
    await run(network, 1);
    expect(network.calls[0]?.call.allocations.map(String)).to.deep.equal([`for ${A}`]);
    expect(network.calls[0]?.call.carriers.map(String)).to.deep.equal(['record 1', 'record 2']);
  });

  it('takes a spare for each node that is dead or refuses, and says so', async () => {
    const network = new FakeNetwork(5);
    network.moods.set(urls(1)[0]!, 'dead').set(urls(3)[0]!, 'refuse');
    const lines: string[] = [];
    const { carriers, failures, missing } = await run(network, 3, [A], lines);
    expect(carriers.map(({ url }) => url)).to.deep.equal(urls(2, 4, 5));
    expect(failures).to.deep.equal([
      'http://192.0.2.1:6969: connection refused',
      `http://192.0.2.3:6969 refuses ${A}: full`,
    ]);
    expect(missing.size).to.equal(0);
    expect(lines).to.include('planted on http://192.0.2.4:6969').and.include(failures[1]);
  });

  it('counts a node that knew the torrent before', async () => {
    const network = new FakeNetwork(2);
    network.moods.set(urls(1)[0]!, 'know');
    const lines: string[] = [];
    expect((await run(network, 2, [A], lines)).carriers).to.have.length(2);
    expect(lines).to.include('known to http://192.0.2.1:6969');
  });

  it('says how many copies are missing when all nodes were asked', async () => {
    const network = new FakeNetwork(3);
    for (const url of urls(1, 2)) network.moods.set(url, 'dead');
    expect([...(await run(network, 3)).missing]).to.deep.equal([[A, 2]]);
  });

  it('asks nodes at the same time', async () => {
    const network = new FakeNetwork(3);
    const { promise: allAsked, resolve } = Promise.withResolvers<void>();
    const plant = network.plant.bind(network);
    network.plant = async (node, call) => {
      const answer = await plant(node, call);
      if (network.calls.length === 3) resolve();
      await allAsked;
      return answer;
    };
    expect((await run(network, 3)).carriers).to.have.length(3);
  });

  it('plants both halves of a hybrid on nodes that may carry both, in one call', async () => {
    const network = new FakeNetwork(5);
    network.offered.set(A, [0, 1, 2]).set(B, [2, 3, 4]);
    const { carriers, missing } = await run(network, 2, [A, B]);
    expect(network.asked[0]).to.equal(urls(3)[0]);
    expect(carriers[0]?.items.map(({ infoHash }) => infoHash)).to.deep.equal([A, B]);
    expect(carriers.slice(1).map(({ url, items }) => [url, items[0]?.infoHash])).to.deep.equal([
      [urls(1)[0], A],
      [urls(4)[0], B],
    ]);
    expect(missing.size).to.equal(0);
    expect(network.calls[0]?.call.allocations.map(String)).to.deep.equal([`for ${A}`, `for ${B}`]);
  });

  it('lets an unforeseen error through', async () => {
    const network = new FakeNetwork(1);
    network.plant = () => Promise.reject(new TypeError('a defect'));
    const error: unknown = await run(network, 1).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(TypeError);
  });
});

async function run(network: FakeNetwork, copies: number, hashes = [A], lines: string[] = []) {
  const offers = await Promise.all(hashes.map((infoHash) => network.allocate(infoHash)));
  const plants = new Map(
    hashes.map((infoHash) => {
      return [infoHash, plantRecord.sign({ infoHash, copies, seq: NOW, ttlSeconds: 60 }, SIGNER).bytes] as const;
    }),
  );
  return plantOnNodes({ copies, offers, plants }, network, (line) => lines.push(line));
}

function urls(...numbers: number[]): string[] {
  return numbers.map((number) => `http://192.0.2.${number}:6969`);
}
