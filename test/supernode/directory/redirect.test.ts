import { expect } from 'chai';
import type { ServiceState } from '../../../shared/protocol/statements.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { MAX_ANSWER_AGE_MS } from '../../../supernode/directory/liveness.ts';
import { chooseRedirect } from '../../../supernode/directory/redirect.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';

const [A, B, C] = [hashOf('a'), hashOf('b'), hashOf('c')];

function urlOf(number: number): string {
  return `http://192.0.2.${number}:6969`;
}

describe('supernode/directory/redirect.ts', () => {
  let directory: Directory;
  const join = (number: number, infoHashes: readonly string[], state: ServiceState = 'open'): void => {
    const node = signer(number);
    directory.put(nodeEntry(node, { urls: [urlOf(number)], state }), START);
    for (const infoHash of infoHashes) directory.put(receiptEntry(node, infoHash), START);
    directory.nodes.note(node.id, true, START);
  };
  const choices = (infoHashes: readonly string[], now = START): Set<string> =>
    new Set(
      [0, 1, 2, 3].map((chance) => {
        const choice = chooseRedirect(directory, infoHashes, now, chance);
        return choice.kind === 'redirect' ? choice.baseUrl : choice.kind;
      }),
    );

  beforeEach(() => {
    directory = new Directory();
  });

  it('spreads clients over all carriers that answer', () => {
    join(1, [A]);
    join(2, [A]);
    join(3, [B]);
    expect(choices([A])).to.deep.equal(new Set([urlOf(1), urlOf(2)]));
  });

  it('leaves out a carrier from its first missed ping', () => {
    join(1, [A]);
    join(2, [A]);
    directory.nodes.note(signer(1).id, false, START);
    expect(choices([A])).to.deep.equal(new Set([urlOf(2)]));
  });

  it('tells a torrent whose carriers do not answer from one that nobody carries', () => {
    join(1, [A]);
    directory.nodes.note(signer(1).id, false, START);
    expect(choices([A])).to.deep.equal(new Set(['unreachable']));
    expect(choices([B])).to.deep.equal(new Set(['unknown']));
  });

  it('sends nobody to a node whose last answer is 3 minutes old', () => {
    join(1, [A]);
    expect(choices([A], START + MAX_ANSWER_AGE_MS)).to.deep.equal(new Set(['unreachable']));
  });

  it('sends nobody to a node that has left, and to a draining one only when there is no other', () => {
    join(1, [A, B, C], 'draining');
    join(2, [A]);
    join(3, [A, C], 'left');
    expect(choices([A])).to.deep.equal(new Set([urlOf(2)]));
    expect(choices([B])).to.deep.equal(new Set([urlOf(1)]));
    expect(choices([C])).to.deep.equal(new Set([urlOf(1)]));
    directory.nodes.note(signer(1).id, false, START);
    expect(choices([C])).to.deep.equal(new Set(['unreachable']));
  });

  it('sends to the URL at which a node answers here, always the same one', () => {
    join(1, [A]);
    const urls = ['http://[2001:db8::1]:6969', urlOf(1), 'http://n.example'];
    directory.put(nodeEntry(signer(1), { seq: START + 1, urls }), START);
    directory.nodes.note(signer(1).id, true, START);
    expect(choices([A])).to.deep.equal(new Set([urls[0]]));
    directory.nodes.settle(signer(1).id, urls[1]!);
    expect(choices([A])).to.deep.equal(new Set([urls[1]]));
  });

  it('sends to a node that only other supernodes reach when there is no other', () => {
    join(1, [A]);
    join(2, [A, B]);
    directory.nodes.note(signer(2).id, true, START, false);
    expect(choices([A])).to.deep.equal(new Set([urlOf(1)]));
    expect(choices([B])).to.deep.equal(new Set([urlOf(2)]));
    directory.nodes.note(signer(2).id, true, START);
    expect(choices([A])).to.deep.equal(new Set([urlOf(1), urlOf(2)]));
  });

  it('does not call a torrent unknown that is planted: its carriers may tell in a moment', () => {
    directory.put(plantEntry(signer(9), A), START);
    expect(choices([A])).to.deep.equal(new Set(['unreachable']));
    directory.put(plantEntry(signer(9), A, { copies: 0, seq: START + 1 }), START);
    expect(choices([A])).to.deep.equal(new Set(['unknown']));
  });

  it('ignores receipts of a node that it does not know', () => {
    directory.put(receiptEntry(signer(9), A), START);
    expect(choices([A])).to.deep.equal(new Set(['unknown']));
  });

  it('sends a scrape of several torrents where most of them are', () => {
    join(1, [A, B]);
    join(2, [B, C]);
    join(3, [A]);
    expect(choices([A, B])).to.deep.equal(new Set([urlOf(1)]));
    expect(choices([A, B, C])).to.deep.equal(new Set([urlOf(1), urlOf(2)]));
  });
});
