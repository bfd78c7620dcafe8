import { expect } from 'chai';
import { PublicError } from '../../../../shared/errors.ts';
import { readFailure, writeFailure } from '../../../../shared/protocol/messages/failure-message.ts';
import { ClockError } from '../../../../shared/protocol/records/envelope.ts';
import { expectNoCrash, expectRefusal, hostileVariants } from '../../../helpers/hostile-messages.ts';
import { ANY, expectLimits } from '../../../helpers/message-limits.ts';

describe('shared/protocol/messages/failure-message.ts', () => {
  it('writes and reads code, message and retry', () => {
    const bytes = writeFailure(new PublicError('busy', 'too many', { status: 429, retrySeconds: 5 }));
    expect(bytes.toString()).to.equal('d4:code4:busy7:message8:too many5:retryi5ee');
    const error = readFailure(bytes, 429);
    expect(error).to.include({ code: 'busy', message: 'too many', status: 429, retrySeconds: 5 });
  });

  it('keeps the limits of each field', () => {
    const busy = writeFailure(new PublicError('busy', 'too many', { retrySeconds: 5 }));
    const read = (bytes: Uint8Array) => readFailure(bytes, 429);
    expectLimits(read, busy, { code: [0, 32], message: [0, 1024], retry: [0, 86_400] });
    expectLimits(read, writeFailure(new ClockError(1)), { now: ANY });
  });

  it('leaves out retry when the same bytes are not to be tried again', () => {
    const bytes = writeFailure(new PublicError('record', 'bad'));
    expect(bytes.toString()).to.equal('d4:code6:record7:message3:bade');
    expect(readFailure(bytes, 400).retrySeconds).to.equal(undefined);
  });

  it('carries the time of the receiver with a refusal for the date of a call', () => {
    const bytes = writeFailure(new ClockError(1_800_000_000_000));
    expect(bytes.toString()).to.match(/3:nowi1800000000000ee$/);
    const error = readFailure(bytes, 400);
    expect(error).to.be.instanceOf(ClockError).with.property('now', 1_800_000_000_000);
  });

  it('refuses what tells of no error, and never crashes', () => {
    for (const text of ['', '<html>', 'le', 'de', 'd4:code1:xe', 'd4:code5:clock7:message1:xe']) {
      expectRefusal(() => readFailure(Buffer.from(text), 502), 'bencoding');
    }
    expectNoCrash((bytes) => readFailure(bytes, 400), hostileVariants(writeFailure(new ClockError(1))));
  });
});
