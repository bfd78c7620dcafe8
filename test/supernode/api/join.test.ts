import { expect } from 'chai';
import type { JoinAnswer } from '../../../shared/protocol/directory-messages.ts';
import { NetworkSet } from '../../../shared/protocol/networks.ts';
import { Joins } from '../../../supernode/api/join.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { openBooks } from '../ledgers.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

describe('supernode/api/join.ts', () => {
  let now: number;
  let store: RecordStore;
  let joins: Joins;
  let checked: number;

  beforeEach(async () => {
    now = START;
    checked = 0;
    const clock = { now: () => now };
    const books = await openBooks(clock);
    ({ store } = books);
    const check = async (): Promise<void> => void checked++;
    joins = new Joins({ ...books, clock, unhurried: new NetworkSet(['10.0.0.0/8']), check });
  });
  afterEach(() => store.close());

  const join = (number: number, url: string, address = '198.51.100.1'): Promise<JoinAnswer> =>
    joins.join(signer(number).id, nodeEntry(signer(number), { urls: [url] }).bytes, address);

  it('has the fifth new node of a network wait, without a look at it, and lets it in later', async () => {
    for (let number = 1; number <= 4; number++) {
      expect(await join(number, `http://192.0.2.${number}:6969`)).to.include({ status: 'accepted' });
    }
    expect(await join(5, 'http://192.0.2.5:6969')).to.include({ status: 'wait', retrySeconds: 600 });
    expect(checked).to.equal(4);
    expect(await join(1, 'http://192.0.2.1:6969')).to.include({ status: 'accepted' });
    now += 600_000;
    expect(await join(5, 'http://192.0.2.5:6969')).to.include({ status: 'accepted' });
  });

  it('goes by where the call comes from when the node is known by a name', async () => {
    for (let number = 1; number <= 4; number++) await join(number, `http://n${number}.example`);
    expect(await join(5, 'http://n5.example')).to.include({ status: 'wait' });
    expect(await join(6, 'http://n6.example', '203.0.113.1')).to.include({ status: 'accepted' });
  });

  it('has nobody wait in networks that the operator allows, nor supernodes', async () => {
    for (let number = 1; number <= 8; number++) {
      expect(await join(number, `http://10.0.0.${number}:6969`)).to.include({ status: 'accepted' });
      const record = supernodeEntry(signer(100 + number)).bytes;
      expect(await joins.join(signer(100 + number).id, record, '198.51.100.1')).to.include({ status: 'accepted' });
    }
  });
});
