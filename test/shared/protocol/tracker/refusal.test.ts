import { expect } from 'chai';
import { decode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { MAX_REFUSALS, makeRefusal, REFUSALS, refusalCodes } from '../../../../shared/protocol/tracker/refusal.ts';

describe('shared/protocol/tracker/refusal.ts', () => {
  it('bencodes the reason, the interval and the minutes to wait (BEP 31)', () => {
    expect(makeRefusal('x', 'come later', 90).httpBody.toString()).to.equal(
      'd14:failure reason10:come later8:intervali90e8:retry ini2ee',
    );
  });

  it('waits whole minutes, and no less than it says in seconds', () => {
    const minutes = (seconds: number) => /retry ini(\d+)e/.exec(makeRefusal('x', 'y', seconds).httpBody.toString())![1];
    expect([60, 61].map(minutes)).to.deep.equal(['1', '2']);
  });

  it('says never when the request will never be served, beside an interval for those who do not read it', () => {
    expect(makeRefusal('x', 'no', 0).httpBody.toString()).to.equal(
      'd14:failure reason2:no8:intervali1800e8:retry in5:nevere',
    );
  });

  it('has only canonical bodies, distinct codes and intervals of 300 seconds or more', () => {
    const refusals = Object.values(REFUSALS);
    for (const { httpBody, retrySeconds } of refusals) {
      expect(decode(httpBody)).to.have.keys('failure reason', 'interval', 'retry in');
      expect(retrySeconds === 0 || retrySeconds >= 300).to.equal(true);
    }
    expect(new Set(refusals.map(({ code }) => code)).size).to.equal(refusals.length);
  });

  it('numbers refusals, so that they can be counted and named', () => {
    const { index } = makeRefusal('numbered', 'no', 0);
    expect(index).to.be.above(REFUSALS.full.index).and.below(MAX_REFUSALS);
    expect([refusalCodes()[index], refusalCodes()[REFUSALS.full.index]]).to.deep.equal(['numbered', 'full']);
  });
});
