import { expect } from 'chai';
import { MESSAGE_LIMITS } from '../../../../shared/protocol/encoding/bencoding.ts';
import {
  allocateAnswer,
  changesAnswer,
  directoryPage,
  joinAnswer,
  joinCall,
  type LookupAnswer,
  lookupAnswer,
  MAX_PAGE_BYTES,
  MAX_PAGE_RECORDS,
  registerAnswer,
  registerCall,
} from '../../../../shared/protocol/messages/directory-messages.ts';
import { expectMessage, expectRefusal } from '../../../helpers/hostile-messages.ts';
import { ANY, expectLimits } from '../../../helpers/message-limits.ts';

const RECORD = Buffer.from('R');

describe('shared/protocol/messages/directory-messages.ts', () => {
  it('writes and reads a register call and its answer', () => {
    expectMessage(registerCall, { plants: [RECORD], receipts: [] }, 'd6:plantsl1:Re8:receiptslee');
    expectMessage(
      registerAnswer,
      { items: [{ infoHash: '61'.repeat(20), status: 'known' }] },
      `d5:itemsld9:info_hash20:${'a'.repeat(20)}6:status5:knowneee`,
    );
    expectLimits(registerCall.read, registerCall.write({ plants: [RECORD], receipts: [RECORD] }), {
      plants: [0, 50],
      receipts: [0, 250],
    });
  });

  it('writes and reads a join call and its answer', () => {
    expectMessage(joinCall, { record: RECORD }, 'd6:record1:Re');
    expectMessage(
      joinAnswer,
      { status: 'accepted', retrySeconds: 300, supernodes: [RECORD] },
      'd5:retryi300e6:status8:accepted10:supernodesl1:Ree',
    );
    expectMessage(
      joinAnswer,
      { status: 'wait', reason: 'not yet', retrySeconds: 5, supernodes: [] },
      'd6:reason7:not yet5:retryi5e6:status4:wait10:supernodeslee',
    );
    expectLimits(joinCall.read, joinCall.write({ record: RECORD }), { record: [1, 2048] });
    const answer = { status: 'wait', reason: 'not yet', retrySeconds: 5, supernodes: [RECORD] } as const;
    expectLimits(joinAnswer.read, joinAnswer.write(answer), {
      reason: [0, 200],
      retry: [0, 86_400],
      supernodes: [0, 64],
    });
  });

  it('writes and reads a look-up answer', () => {
    const answer: LookupAnswer = {
      items: [{ infoHash: '61'.repeat(20), carriers: [{ node: '62'.repeat(32), state: 'up' }], plants: [RECORD] }],
      nodes: [RECORD],
    };
    expectMessage(
      lookupAnswer,
      answer,
      `d5:itemsld8:carriersld4:node32:${'b'.repeat(32)}5:state2:upee9:info_hash20:${'a'.repeat(20)}6:plantsl1:Reee5:nodesl1:Ree`,
    );
    expectLimits(lookupAnswer.read, lookupAnswer.write(answer), {
      items: [0, 32],
      nodes: [0, 512],
      'items.0.info_hash': [20, 20],
      'items.0.carriers': [0, 16],
      'items.0.carriers.0.node': [32, 32],
      'items.0.plants': [0, 8],
    });
  });

  it('writes and reads an allocate answer', () => {
    const answer = { allocation: RECORD, nodes: [RECORD] };
    expectMessage(allocateAnswer, answer, 'd10:allocation1:R5:nodesl1:Ree');
    expectLimits(allocateAnswer.read, allocateAnswer.write(answer), { allocation: [1, 2048], nodes: [0, 64] });
  });

  it('writes and reads a page of the feed', () => {
    const page = { feed: '61'.repeat(8), next: 4, isReset: false, records: [RECORD] };
    expectMessage(changesAnswer, page, 'd4:feed8:aaaaaaaa4:nexti4e7:recordsl1:Re5:reseti0ee');
    expectMessage(changesAnswer, { ...page, isReset: true }, 'd4:feed8:aaaaaaaa4:nexti4e7:recordsl1:Re5:reseti1ee');
    expectLimits(changesAnswer.read, changesAnswer.write(page), {
      feed: [8, 8],
      next: ANY,
      reset: [0, 1],
      records: [0, 600],
    });
  });

  it('writes and reads a page of members, the last one without next', () => {
    expectMessage(directoryPage, { records: [RECORD], next: 'c' }, 'd4:next1:c7:recordsl1:Ree');
    expectMessage(directoryPage, { records: [] }, 'd7:recordslee');
    const page = { records: [RECORD], next: 'c' };
    expectLimits(directoryPage.read, directoryPage.write(page), { records: [0, 600], next: [0, 128] });
  });

  it('fits a page as full as it may be into one message', () => {
    const record = Buffer.alloc(Math.floor(MAX_PAGE_BYTES / MAX_PAGE_RECORDS));
    const page = {
      feed: '61'.repeat(8),
      next: 2 ** 53 - 1,
      isReset: false,
      records: Array(MAX_PAGE_RECORDS).fill(record),
    };
    const bytes = changesAnswer.write(page);
    expect(bytes.length).to.be.at.most(MESSAGE_LIMITS.maxBytes);
    expect(changesAnswer.read(bytes).records).to.have.length(MAX_PAGE_RECORDS);
    const fuller = changesAnswer.write({ ...page, records: Array(MAX_PAGE_RECORDS + 1).fill(RECORD) });
    expectRefusal(() => changesAnswer.read(fuller), 'bencoding');
  });
});
