import { expect } from 'chai';
import {
  type ReleaseAnswer,
  releaseAnswer,
  releaseCall,
} from '../../../../shared/protocol/messages/release-messages.ts';
import { expectMessage, expectNoCrash, hostileVariants } from '../../../helpers/hostile-messages.ts';
import { expectLimits } from '../../../helpers/message-limits.ts';

const RECORD = Buffer.from('R');

describe('shared/protocol/messages/release-messages.ts', () => {
  it('writes and reads a call', () => {
    const call = { infoHashes: ['61'.repeat(20)], allocations: [RECORD], receipts: [RECORD, RECORD] };
    expectMessage(releaseCall, call, `d11:allocationsl1:Re11:info_hashes20:${'a'.repeat(20)}8:receiptsl1:R1:Ree`);
    expectLimits(releaseCall.read, releaseCall.write(call), {
      info_hashes: [0, 50, 20],
      allocations: [0, 50],
      receipts: [0, 250],
    });
  });

  it('writes and reads an answer, with a code where one was refused', () => {
    const answer: ReleaseAnswer = {
      items: [
        { infoHash: '61'.repeat(20), status: 'released' },
        { infoHash: '62'.repeat(20), status: 'unknown' },
        { infoHash: '63'.repeat(20), status: 'refused', code: 'too-few-receipts' },
      ],
    };
    const bytes = releaseAnswer.write(answer);
    expect(bytes.toString()).to.include(`d4:code16:too-few-receipts9:info_hash20:${'c'.repeat(20)}6:status7:refusede`);
    expect(releaseAnswer.read(bytes)).to.deep.equal(answer);
    expectNoCrash(releaseAnswer.read, hostileVariants(bytes));
    expectLimits(releaseAnswer.read, bytes, { items: [0, 50], 'items.0.info_hash': [20, 20], 'items.2.code': [0, 32] });
  });
});
