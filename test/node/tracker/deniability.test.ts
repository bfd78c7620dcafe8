import { expect } from 'chai';
import { Deniability } from '../../../node/tracker/deniability.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { isGlobalUnicast } from '../../../shared/protocol/addresses/networks.ts';
import { readCompactPeers } from '../../../shared/protocol/tracker/compact-peers.ts';
import { AnnounceAnswer } from '../../../shared/protocol/tracker/tracker-messages.ts';

/** Every real peer has an address of documentation, which no pretended one may have. */
function answerOf(count4: number, count6: number): AnnounceAnswer {
  const answer = new AnnounceAnswer();
  answer.peers4Count = count4;
  answer.peers6Count = count6;
  for (let i = 0; i < count4; i++) answer.peers4.set([192, 0, 2, i, 0, 1], 6 * i);
  for (let i = 0; i < count6; i++) answer.peers6.set([0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), i, 0, 1], 18 * i);
  return answer;
}

function pretended(answer: AnnounceAnswer): { address: string; port: number }[] {
  return [
    ...readCompactPeers(answer.peers4.subarray(0, 6 * answer.peers4Count), 4),
    ...readCompactPeers(answer.peers6.subarray(0, 18 * answer.peers6Count), 6),
  ].filter(({ port }) => port !== 1);
}

describe('node/tracker/deniability.ts', () => {
  it('puts public addresses in the place of peers, at most the share of each answer', () => {
    const deniability = new Deniability(10, seededRandom(1));
    let seen = 0;
    for (let i = 0; i < 500; i++) {
      const answer = answerOf(30, 25);
      deniability.mix(answer);
      expect([answer.peers4Count, answer.peers6Count]).to.deep.equal([30, 25]);
      const peers = pretended(answer);
      expect(peers.length).to.be.within(1, 5);
      seen += peers.length;
      for (const { address, port } of peers) {
        expect(isGlobalUnicast(address), address).to.equal(true);
        expect(port).to.be.within(1024, 65_535);
      }
    }
    expect(deniability.given).to.equal(2500);
    expect(seen).to.be.within(2300, 2500); // now and then two fall on the same place
  });

  it('leaves answers alone that are too short for the share', () => {
    const deniability = new Deniability(10, seededRandom(1));
    for (const [count4, count6] of [
      [0, 0],
      [9, 0],
      [0, 9],
      [5, 4],
    ] as const) {
      const answer = answerOf(count4, count6);
      deniability.mix(answer);
      expect(pretended(answer)).to.deep.equal([]);
    }
    expect(deniability.given).to.equal(0);
  });

  it('reaches every place, of answers with one family too', () => {
    const deniability = new Deniability(10, seededRandom(2));
    const places = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const answer = answerOf(0, 10);
      deniability.mix(answer);
      for (let at = 0; at < 10; at++) if (answer.peers6.readUInt16BE(18 * at + 16) !== 1) places.add(at);
    }
    expect(places.size).to.equal(10);
  });
});
