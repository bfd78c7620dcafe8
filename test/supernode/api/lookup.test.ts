import { expect } from 'chai';
import { MESSAGE_LIMITS } from '../../../shared/protocol/encoding/bencoding.ts';
import { lookupAnswer, MAX_LOOKUP_HASHES } from '../../../shared/protocol/messages/directory-messages.ts';
import { listMembers, listTrackers } from '../../../supernode/api/lists.ts';
import { lookUp } from '../../../supernode/api/lookup.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

const A = hashOf('a');
const LONG_SOFTWARE = 'x'.repeat(64);
const LONG_URLS = [1, 2, 3].map((n) => `http://${`${'a'.repeat(60)}.`.repeat(2)}example:${n}000`);

describe('supernode/api/lookup.ts', () => {
  it('names carriers that answer before those that do not', () => {
    const directory = new Directory();
    for (const number of [1, 2, 3]) {
      directory.put(nodeEntry(signer(number)), START);
      directory.put(receiptEntry(signer(number), A), START);
    }
    directory.nodes.note(signer(2).id, true, START);
    for (let missed = 0; missed < 3; missed++) directory.nodes.note(signer(1).id, false, START);
    const [item] = lookUp(directory, [A], START).items;
    expect(item?.carriers).to.deep.equal([
      { node: signer(2).id, state: 'up' },
      { node: signer(3).id, state: 'suspect' },
      { node: signer(1).id, state: 'down' },
    ]);
  });

  it('answers for every hash in the order asked, also for those nobody knows', () => {
    const hashes = [hashOf('x'), A, hashOf('y')];
    const answer = lookUp(new Directory(), hashes, START);
    expect(answer.items.map(({ infoHash }) => infoHash)).to.deep.equal(hashes);
    expect(answer.nodes).to.deep.equal([]);
  });

  it('fits one message however much is known, and introduces every node that it names', () => {
    const directory = new Directory();
    const hashes = Array.from({ length: MAX_LOOKUP_HASHES }, (_, n) => hashOf(`${n}`));
    for (let number = 1; number <= 250; number++) {
      const node = signer(number);
      directory.put(nodeEntry(node, { urls: LONG_URLS, software: LONG_SOFTWARE }), START);
      for (let n = 0; n < 3; n++) {
        const hash = hashes[(number + n * 17) % hashes.length]!;
        directory.put(receiptEntry(node, hash), START);
        directory.put(plantEntry(node, hash), START);
      }
    }
    const answer = lookUp(directory, hashes, START);
    const bytes = lookupAnswer.write(answer);
    expect(bytes.length).to.be.within(MESSAGE_LIMITS.maxBytes / 2, MESSAGE_LIMITS.maxBytes);
    const named = new Set(answer.items.flatMap(({ carriers }) => carriers.map(({ node }) => node)));
    expect(named.size).to.equal(answer.nodes.length);
  });
});

describe('supernode/api/lists.ts', () => {
  it('gives every member once, in pages that fit one message', () => {
    const directory = new Directory();
    for (let number = 1; number <= 255; number++) {
      directory.put(nodeEntry(signer(number), { urls: LONG_URLS, software: LONG_SOFTWARE }), START);
    }
    const seen: Uint8Array[] = [];
    let cursor = '';
    let pages = 0;
    for (;;) {
      const { records, next } = listMembers(directory.nodes, cursor);
      expect(records.reduce((sum, { length }) => sum + length, 0)).to.be.below(MESSAGE_LIMITS.maxBytes);
      seen.push(...records);
      pages++;
      if (next === undefined) break;
      cursor = next;
    }
    expect(new Set(seen).size).to.equal(255);
    expect(pages).to.be.below(3);
  });

  it('lists the announce URLs of the supernodes that answer, then those of nodes that answer and stay', () => {
    const directory = new Directory();
    directory.put(supernodeEntry(signer(1), { urls: ['http://a.example', 'http://[2001:db8::1]:6970'] }), START);
    directory.put(supernodeEntry(signer(2)), START);
    directory.put(nodeEntry(signer(3), { urls: ['http://b.example'] }), START);
    directory.put(nodeEntry(signer(4), { urls: ['http://c.example'] }), START);
    directory.put(nodeEntry(signer(5), { urls: ['http://d.example'], state: 'draining' }), START);
    directory.supernodes.note(signer(1).id, true, START);
    for (const number of [3, 5]) directory.nodes.note(signer(number).id, true, START);
    expect(listTrackers(directory, START)).to.equal(
      'http://a.example/announce\n\nhttp://[2001:db8::1]:6970/announce\n\nhttp://b.example/announce\n',
    );
  });
});
