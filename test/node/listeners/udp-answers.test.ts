import { expect } from 'chai';
import fc from 'fast-check';
import { UdpAnswers } from '../../../node/listeners/udp-answers.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import { ConnectionIds } from '../../../shared/protocol/tracker/connection-id.ts';
import { UdpReply } from '../../../shared/protocol/tracker/udp-reply.ts';
import { MAX_UDP_REPLY_BYTES } from '../../../shared/protocol/tracker/udp-request.ts';
import { createTestTracker } from '../../contracts/tracker-behaviour.ts';

describe('node/listeners/udp-answers.ts', () => {
  it('answers datagrams of any length and any bytes with at most 1200 bytes, or with silence', () => {
    const ids = new ConnectionIds(Buffer.alloc(16));
    const answers = new UdpAnswers(createTestTracker('open'), ids, new Traffic());
    const reply = new UdpReply(Buffer.alloc(MAX_UDP_REPLY_BYTES));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.nat(4),
        fc.boolean(),
        fc.constantFrom(4, 6),
        (raw, action, isKnown, family) => {
          const bytes = Buffer.from(raw);
          answers.request.family = family as 4 | 6;
          if (bytes.length >= 12) bytes.writeUInt32BE(action, 8);
          if (bytes.length >= 8 && isKnown) ids.write(answers.request.address, answers.request.family, 100, bytes, 0);
          const length = answers.write(bytes, bytes.length, 100, reply);
          expect(length).to.be.within(0, MAX_UDP_REPLY_BYTES);
          if (length > 0) expect(reply.bytes.subarray(4, 8)).to.deep.equal(bytes.subarray(12, 16));
        },
      ),
    );
  });
});
