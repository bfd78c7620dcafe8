import { expect } from 'chai';
import fc from 'fast-check';
import { encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  digestsAnswer,
  mirrorPage,
  observationsAnswer,
  observationsCall,
  probeAnswer,
  probeCall,
} from '../../../../shared/protocol/messages/federation-messages.ts';
import { ANY, expectLimits } from '../../../helpers/message-limits.ts';

const A = 'aa'.repeat(32);
const B = '0b'.repeat(32);

describe('shared/protocol/messages/federation-messages.ts', () => {
  it('spells a probe call with raw bytes', () => {
    const bytes = probeCall.write({ node: A, challenge: '01'.repeat(16) });
    const expected = [
      Buffer.from('d9:challenge16:'),
      Buffer.alloc(16, 1),
      Buffer.from('4:node32:'),
      Buffer.alloc(32, 0xaa),
      Buffer.from('e'),
    ];
    expect(bytes).to.deep.equal(Buffer.concat(expected));
    expect(probeCall.read(bytes)).to.deep.equal({ node: A, challenge: '01'.repeat(16) });
  });

  it('leaves out the pong of a node that did not answer', () => {
    expect(probeAnswer.write({}).toString()).to.equal('de');
    expect(probeAnswer.read(Buffer.from('de'))).to.deep.equal({});
    expect(probeAnswer.read(probeAnswer.write({ pong: Buffer.from('x') })).pong).to.deep.equal(Buffer.from('x'));
  });

  it('spells observations as ids and 4 bytes of silence each', () => {
    const answer = {
      isHealthy: true,
      observations: [
        { node: A, silentSeconds: 0 },
        { node: B, silentSeconds: 258 },
      ],
    };
    const bytes = observationsAnswer.write(answer);
    expect(bytes.subarray(-18).toString('latin1')).to.equal('silence8:\0\0\0\0\0\0\x01\x02e');
    expect(observationsAnswer.read(bytes)).to.deep.equal(answer);
  });

  it('reads what it wrote', () => {
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const observation = fc.record({ node: id, silentSeconds: fc.nat() });
    fc.assert(
      fc.property(fc.boolean(), fc.array(observation, { maxLength: 20 }), (isHealthy, observations) => {
        const nodes = observations.map(({ node }) => node);
        expect(observationsCall.read(observationsCall.write({ nodes }))).to.deep.equal({ nodes });
        const answer = { isHealthy, observations };
        expect(observationsAnswer.read(observationsAnswer.write(answer))).to.deep.equal(answer);
      }),
    );
  });

  it('spells a page of a catalogue as hashes one after the other', () => {
    const head = { epoch: '05'.repeat(8), change: 7, count: 2, root: '06'.repeat(32) };
    const page = { head, hashes: ['0a'.repeat(20), '0b'.repeat(20)], isLast: true };
    const bytes = mirrorPage.write(page);
    expect(bytes.toString('latin1')).to.equal(
      `d6:hashes40:${'\n'.repeat(20)}${'\v'.repeat(20)}4:headd6:changei7e5:counti2e5:epoch8:${'\x05'.repeat(8)}4:root32:${'\x06'.repeat(32)}e4:lasti1ee`,
    );
    expect(mirrorPage.read(bytes)).to.deep.equal(page);
    expectLimits(mirrorPage.read, bytes, {
      hashes: [0, 4000, 20],
      last: [0, 1],
      'head.change': ANY,
      'head.epoch': [8, 8],
    });
  });

  it('says no longer silence than fits 4 bytes', () => {
    const answer = { isHealthy: false, observations: [{ node: A, silentSeconds: 2 ** 40 }] };
    const read = observationsAnswer.read(observationsAnswer.write(answer));
    expect(read).to.deep.equal({ isHealthy: false, observations: [{ node: A, silentSeconds: 2 ** 32 - 1 }] });
  });

  it('keeps the limits of each message', () => {
    const probe = probeCall.write({ node: A, challenge: '01'.repeat(16) });
    expectLimits(probeCall.read, probe, { node: [32, 32], challenge: [16, 16] });
    expectLimits(probeAnswer.read, probeAnswer.write({ pong: Buffer.from('x') }), { pong: [1, 4096] });
    expectLimits(observationsCall.read, observationsCall.write({ nodes: [A] }), { nodes: [0, 1000, 32] });
    const answer = observationsAnswer.write({ isHealthy: true, observations: [{ node: A, silentSeconds: 0 }] });
    expectLimits(observationsAnswer.read, answer, { healthy: [0, 1] });
    const digests = digestsAnswer.write({ digests: Buffer.alloc(4096, 7) });
    expect(digestsAnswer.read(digests).digests).to.deep.equal(Buffer.alloc(4096, 7));
    expectLimits(digestsAnswer.read, digests, { digests: [4096, 4096] });
  });

  it('refuses silences that do not match the ids', () => {
    for (const length of [0, 3, 5, 8]) {
      const bytes = encode({ healthy: 1, nodes: Buffer.from(A, 'hex'), silence: Buffer.alloc(length) });
      expect(() => observationsAnswer.read(bytes)).to.throw(/silence/);
    }
  });
});
