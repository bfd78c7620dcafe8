import { expect } from 'chai';
import type { ServiceState } from '../../../shared/protocol/records/statements.ts';
import type { AddressFamily } from '../../../shared/protocol/tracker/tracker-messages.ts';
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
  const join = (number: number, infoHashes: readonly string[], state: ServiceState = 'open', urls?: string[]): void => {
    const node = signer(number);
    directory.put(nodeEntry(node, { urls: urls ?? [urlOf(number)], state }), START);
    for (const infoHash of infoHashes) directory.put(receiptEntry(node, infoHash), START);
    directory.nodes.note(node.id, true, START);
  };
  const choices = (infoHashes: readonly string[], now = START, family: AddressFamily = 4): Set<string> =>
    new Set(
      [0, 1, 2, 3].map((chance) => {
        const choice = chooseRedirect(directory, { infoHashes, family }, now, chance);
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
    const urls = ['http://m.example', urlOf(1), 'http://n.example'];
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

  describe('over IPv4 and IPv6', () => {
    const [V4, V6, NAME] = ['http://192.0.2.9:6969', 'http://[2001:db8::9]:6969', 'http://n.example'];

    it('prefers carriers with a URL of the family or with a name', () => {
      join(1, [A], 'open', [V4]);
      join(2, [A], 'open', [V6]);
      join(3, [A], 'open', [NAME]);
      expect(choices([A], START, 6)).to.deep.equal(new Set([V6, NAME]));
      expect(choices([A], START, 4)).to.deep.equal(new Set([V4, NAME]));
    });

    it('sends to another URL of a carrier when the one where it answers here is of the other family', () => {
      join(1, [A], 'open', [V4, V6, NAME]);
      expect(choices([A], START, 6)).to.deep.equal(new Set([V6]));
      directory.nodes.settle(signer(1).id, V6);
      expect(choices([A], START, 4)).to.deep.equal(new Set([V4]));
    });

    it('prefers a URL where a carrier answers here to one that it only names', () => {
      join(1, [A], 'open', [V4, V6]);
      join(2, [A], 'open', [NAME]);
      expect(choices([A], START, 6)).to.deep.equal(new Set([NAME]));
    });

    it('prefers a carrier that drains, or one of fewer torrents, to one that cannot be reached', () => {
      join(1, [A, B], 'open', [V4]);
      join(2, [A], 'draining', [V6]);
      expect(choices([A], START, 6)).to.deep.equal(new Set([V6]));
      expect(choices([A, B], START, 6)).to.deep.equal(new Set([V6]));
      expect(choices([A, B], START, 4)).to.deep.equal(new Set([V4]));
    });

    it('sends to the other family when there is nothing else: most clients have both', () => {
      join(1, [A], 'open', [V4]);
      expect(choices([A], START, 6)).to.deep.equal(new Set([V4]));
    });
  });
});
