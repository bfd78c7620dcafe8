import { expect } from 'chai';
import type { NodeEntry } from '../../../supernode/directory/entry.ts';
import { Registry } from '../../../supernode/directory/registry.ts';
import { nodeEntry, START, signer } from '../records.ts';

const NODE = signer(1);

describe('supernode/directory/registry.ts', () => {
  let registry: Registry<NodeEntry>;
  beforeEach(() => {
    registry = new Registry();
    registry.put(nodeEntry(NODE), START);
    registry.note(NODE.id, true, START);
  });

  it('keeps what it knows of a member that renews its record', () => {
    registry.put(nodeEntry(NODE, { seq: START + 1, weight: 7 }), START + 1);
    expect(registry.get(NODE.id)?.liveness.state).to.equal('up');
    expect(registry.get(NODE.id)?.entry.statement.weight).to.equal(7);
  });

  it('asks a member that moved to answer at its new URL first', () => {
    registry.schedule(NODE.id, START + 5000);
    registry.put(nodeEntry(NODE, { seq: START + 1, urls: ['http://192.0.2.9:1'] }), START + 1);
    expect(registry.get(NODE.id)?.liveness.state).to.equal('suspect');
    expect([...registry.due(START + 1)]).to.have.length(1);
  });

  it('asks again when a URL is added: nobody has answered there', () => {
    registry.put(nodeEntry(NODE, { seq: START + 1, urls: ['http://192.0.2.1:6969', 'http://192.0.2.9:1'] }), START + 1);
    expect(registry.get(NODE.id)?.liveness.state).to.equal('suspect');
  });

  it('knows at which URL a member answers until it moves', () => {
    const urls = ['http://192.0.2.1:6969', 'http://n.example'];
    registry.put(nodeEntry(NODE, { seq: START + 1, urls }), START);
    expect(registry.get(NODE.id)?.url).to.equal(urls[0]);
    registry.settle(NODE.id, urls[1]!);
    registry.put(nodeEntry(NODE, { seq: START + 2, urls, weight: 7 }), START);
    expect(registry.get(NODE.id)?.url).to.equal(urls[1]);
    registry.put(nodeEntry(NODE, { seq: START + 3 }), START);
    expect(registry.get(NODE.id)?.url).to.equal(urls[0]);
  });

  it('says whose ping is due', () => {
    registry.schedule(NODE.id, START + 10);
    expect([...registry.due(START + 9)]).to.have.length(0);
    expect([...registry.due(START + 10)].map(({ entry }) => entry.author)).to.deep.equal([NODE.id]);
  });

  it('names only those that clients may be sent to', () => {
    registry.put(nodeEntry(signer(2)), START);
    expect(registry.trusted(START).map(({ entry }) => entry.author)).to.deep.equal([NODE.id]);
    registry.note(NODE.id, false, START);
    expect(registry.trusted(START)).to.deep.equal([]);
  });

  it('gives all members page by page, whoever came and went before', () => {
    const readAll = (): string[] => {
      const seen: string[] = [];
      for (let page = registry.page('', 2); page.length > 0; page = registry.page(seen.at(-1)!, 2)) {
        seen.push(...page.map(({ entry }) => entry.author));
      }
      return seen;
    };
    const idsOf = (...numbers: number[]): string[] => numbers.map((number) => signer(number).id).sort();
    for (let number = 2; number <= 5; number++) registry.put(nodeEntry(signer(number)), START);
    expect(readAll()).to.deep.equal(idsOf(1, 2, 3, 4, 5));
    registry.remove(signer(3).id);
    registry.put(nodeEntry(signer(6)), START);
    expect(readAll()).to.deep.equal(idsOf(1, 2, 4, 5, 6));
  });

  it('ignores what it hears of somebody it does not know', () => {
    registry.remove(NODE.id);
    expect(registry.note(NODE.id, true, START)).to.equal(undefined);
    registry.schedule(NODE.id, 0);
    expect(registry.size).to.equal(0);
  });
});
