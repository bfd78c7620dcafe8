import { expect } from 'chai';
import { BencodeError, encode } from '../../../../shared/protocol/encoding/bencoding.ts';
import { ShareGroups } from '../../../../shared/protocol/messages/share-groups.ts';
import {
  addBucket,
  allBuckets,
  hasBucket,
  MAX_BATCH_BYTES,
  MAX_PAGE_BYTES,
  noBuckets,
  shareAnswer,
  shareBatch,
  syncCall,
  syncPage,
} from '../../../../shared/protocol/messages/share-messages.ts';
import { ANY, expectLimits } from '../../../helpers/message-limits.ts';

const EPOCH = '0123456789abcdef';
const EPOCH_BYTES = Buffer.from(EPOCH, 'hex');
const HASH = 'ab'.repeat(20);
const noGroups = (): ShareGroups => new ShareGroups(Buffer.alloc(0));

describe('shared/protocol/messages/share-messages.ts', () => {
  it('spells a batch out', () => {
    const bytes = shareBatch.write({ epoch: EPOCH, sequence: 7, base: 5, groups: noGroups() });
    expect(bytes.toString('latin1')).to.equal(
      `d4:basei5e5:epoch8:${EPOCH_BYTES.toString('latin1')}6:groups0:3:seqi7ee`,
    );
    const { groups, ...rest } = shareBatch.read(bytes);
    expect(rest).to.deep.equal({ epoch: EPOCH, sequence: 7, base: 5 });
    expect(groups.next()).to.equal(false);
  });

  it('refuses a batch that is its own base, has no number, another epoch or too many bytes', () => {
    const good = { base: 5, epoch: EPOCH_BYTES, groups: Buffer.alloc(0), seq: 7 };
    expect(shareBatch.read(encode(good)).sequence).to.equal(7);
    const bad = [{ base: 7 }, { base: -1 }, { seq: 0, base: 0 }, { epoch: Buffer.alloc(7) }, { groups: undefined }];
    for (const change of [...bad, { groups: Buffer.alloc(MAX_BATCH_BYTES + 1) }]) {
      expect(() => shareBatch.read(encode({ ...good, ...change })), JSON.stringify(Object.keys(change))).to.throw(
        BencodeError,
      );
    }
  });

  it('brings answers through', () => {
    const answer = { epoch: EPOCH, sequence: 9, refused: [HASH, '00'.repeat(20)], notBeforeMs: 250 };
    expect(shareAnswer.read(shareAnswer.write(answer))).to.deep.equal(answer);
  });

  it('brings a question through, with or without buckets', () => {
    for (const buckets of [noBuckets(), allBuckets()]) {
      const read = syncCall.read(syncCall.write({ epoch: EPOCH, buckets, cursor: 30 }));
      expect({ ...read, buckets: [...read.buckets] }).to.deep.equal({
        epoch: EPOCH,
        buckets: [...buckets],
        cursor: 30,
      });
    }
    const short = encode({ buckets: Buffer.alloc(31), cursor: 0, epoch: EPOCH_BYTES });
    expect(() => syncCall.read(short)).to.throw(BencodeError);
  });

  it('brings a page through, with or without a census and a next page', () => {
    const census = Uint32Array.from({ length: 256 }, (_, index) => index * 1000);
    const page = { epoch: EPOCH, sequence: 0, groups: noGroups(), census, next: 40 };
    const read = syncPage.read(syncPage.write(page));
    expect([...read.census!]).to.deep.equal([...census]);
    expect([read.sequence, read.next]).to.deep.equal([0, 40]);
    const last = syncPage.read(syncPage.write({ epoch: EPOCH, sequence: 3, groups: noGroups() }));
    expect([last.census, last.next]).to.deep.equal([undefined, undefined]);
  });

  it('refuses a page that is too long, and a census of another length', () => {
    const page = { epoch: EPOCH_BYTES, groups: Buffer.alloc(0), seq: 1 };
    expect(() => syncPage.read(encode({ ...page, groups: Buffer.alloc(MAX_PAGE_BYTES + 1) }))).to.throw(BencodeError);
    expect(() => syncPage.read(encode({ ...page, census: Buffer.alloc(1023) }))).to.throw(BencodeError);
    expect(() => syncPage.read(encode({ ...page, next: 0 }))).to.throw(BencodeError);
  });

  it('keeps the limits of each message', () => {
    const batch = shareBatch.write({ epoch: EPOCH, sequence: 7, base: 5, groups: noGroups() });
    expectLimits(shareBatch.read, batch, { epoch: [8, 8], base: [0, 6], seq: [6, Number.MAX_SAFE_INTEGER] });
    const first = shareBatch.write({ epoch: EPOCH, sequence: 1, base: 0, groups: noGroups() });
    expectLimits(shareBatch.read, first, { seq: [1, Number.MAX_SAFE_INTEGER] });
    const answer = shareAnswer.write({ epoch: EPOCH, sequence: 9, refused: [HASH], notBeforeMs: 250 });
    expectLimits(shareAnswer.read, answer, {
      epoch: [8, 8],
      seq: [1, Number.MAX_SAFE_INTEGER],
      refused: [0, 2000, 20],
      not_before: [0, 3_600_000],
    });
    const call = syncCall.write({ epoch: EPOCH, buckets: noBuckets(), cursor: 0 });
    expectLimits(syncCall.read, call, { epoch: [8, 8], buckets: [32, 32], cursor: ANY });
    const census = new Uint32Array(256);
    const page = syncPage.write({ epoch: EPOCH, sequence: 0, groups: noGroups(), census, next: 1 });
    expectLimits(syncPage.read, page, {
      epoch: [8, 8],
      seq: ANY,
      census: [1024, 1024],
      next: [1, Number.MAX_SAFE_INTEGER],
    });
  });

  it('takes groups up to 64 KiB in a batch and 128 KiB in a page', () => {
    const groups = (bytes: number) => Buffer.alloc(bytes - (bytes % 36));
    const batch = { base: 0, epoch: EPOCH_BYTES, seq: 1 };
    expect(shareBatch.read(encode({ ...batch, groups: groups(65_536) })).groups.next()).to.equal(true);
    expect(() => shareBatch.read(encode({ ...batch, groups: Buffer.alloc(65_536) }))).to.throw('cut off');
    expect(() => shareBatch.read(encode({ ...batch, groups: Buffer.alloc(65_537) }))).to.throw('bytes long');
    const page = { epoch: EPOCH_BYTES, seq: 1 };
    expect(syncPage.read(encode({ ...page, groups: groups(131_072) })).groups.next()).to.equal(true);
    expect(() => syncPage.read(encode({ ...page, groups: Buffer.alloc(131_072) }))).to.throw('cut off');
    expect(() => syncPage.read(encode({ ...page, groups: Buffer.alloc(131_073) }))).to.throw('bytes long');
  });

  it('numbers buckets by the first byte of a hash', () => {
    const buckets = noBuckets();
    for (const bucket of [0, 7, 8, 255]) addBucket(buckets, bucket);
    expect(Buffer.from(buckets).toString('hex')).to.equal(`8180${'00'.repeat(29)}01`);
    const found = Array.from({ length: 256 }, (_, bucket) => bucket).filter((bucket) => hasBucket(buckets, bucket));
    expect(found).to.deep.equal([0, 7, 8, 255]);
  });
});
