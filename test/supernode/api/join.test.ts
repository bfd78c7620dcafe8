import { expect } from 'chai';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import type { JoinAnswer } from '../../../shared/protocol/messages/directory-messages.ts';
import { Joins } from '../../../supernode/api/join.ts';
import { Admission } from '../../../supernode/directory/admission.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import type { MemberEntry } from '../../../supernode/directory/entry.ts';
import { VISITS_PER_HOST, Visits } from '../../../supernode/directory/visits.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { openBooks } from '../ledgers.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

describe('supernode/api/join.ts', () => {
  let now: number;
  let store: RecordStore;
  let joins: Joins;
  /** All URLs that were called. */
  let called: string[];
  let isSilent: boolean;
  let directory: Directory;

  beforeEach(async () => {
    now = START;
    called = [];
    isSilent = false;
    const clock = { now: () => now };
    const books = await openBooks(clock);
    ({ directory, store } = books);
    const check = async ({ statement }: MemberEntry): Promise<string> => {
      called.push(...statement.urls);
      if (isSilent) throw new Error('no answer');
      return statement.urls.at(-1)!;
    };
    const unhurried = new NetworkSet(['10.0.0.0/8']);
    joins = new Joins({
      ...{ ...books, clock, unhurried, check },
      admissions: { node: new Admission(), supernode: new Admission() },
      visits: new Visits(unhurried),
    });
  });
  afterEach(() => store.close());

  const join = (number: number, url: string, address = '198.51.100.1'): Promise<JoinAnswer> =>
    joins.join(signer(number).id, nodeEntry(signer(number), { urls: [url] }).bytes, address);

  it('has the fifth new node of a network wait, without a look at it, and lets it in later', async () => {
    for (let number = 1; number <= 4; number++) {
      expect(await join(number, `http://192.0.2.${number}:6969`)).to.include({ status: 'accepted' });
    }
    expect(await join(5, 'http://192.0.2.5:6969')).to.include({ status: 'wait', retrySeconds: 600 });
    expect(called).to.have.length(4);
    expect(await join(1, 'http://192.0.2.1:6969')).to.include({ status: 'accepted' });
    now += 600_000;
    expect(await join(5, 'http://192.0.2.5:6969')).to.include({ status: 'accepted' });
  });

  it('goes by where the call comes from when the node is known by a name', async () => {
    for (let number = 1; number <= 4; number++) await join(number, `http://n${number}.example`);
    expect(await join(5, 'http://n5.example')).to.include({ status: 'wait' });
    expect(await join(6, 'http://n6.example', '203.0.113.1')).to.include({ status: 'accepted' });
  });

  it('sends clients where the member answered', async () => {
    const urls = ['http://192.0.2.1:6969', 'http://192.0.2.2:6969'];
    await joins.join(signer(1).id, nodeEntry(signer(1), { urls }).bytes, '198.51.100.1');
    expect(directory.nodes.get(signer(1).id)?.url).to.equal(urls[1]);
  });

  it('calls a victim that many joiners of a network name no oftener than every ten seconds, whatever the port', async () => {
    isSilent = true;
    const minutes = 10;
    for (let attempt = 0; attempt < minutes * 60; attempt++) {
      now = START + attempt * 1000;
      const urls = [1, 2, 3].map((port) => `http://203.0.113.9:${1000 + attempt * 3 + port}`);
      const author = signer(attempt % 200);
      const answer = await joins.join(author.id, nodeEntry(author, { urls }).bytes, `198.51.100.${attempt % 250}`);
      expect(answer.status).not.to.equal('accepted');
    }
    expect(called.length).to.be.at.most(VISITS_PER_HOST.burst + minutes * VISITS_PER_HOST.perMinute);
    isSilent = false;
    expect(await join(7, 'http://192.0.2.1:6969')).to.include({ status: 'accepted' });
  });

  it('has a crowd of supernodes wait as well, apart from nodes', async () => {
    const joinSupernode = (number: number): Promise<JoinAnswer> => {
      const record = supernodeEntry(signer(number), { urls: [`http://192.0.2.${number}`] }).bytes;
      return joins.join(signer(number).id, record, '198.51.100.1');
    };
    for (let number = 1; number <= 4; number++) expect(await joinSupernode(number)).to.include({ status: 'accepted' });
    expect(await joinSupernode(5)).to.include({ status: 'wait', retrySeconds: 600 });
    expect(await join(6, 'http://192.0.2.6:6969')).to.include({ status: 'accepted' });
  });

  it('has nobody wait in networks that the operator allows', async () => {
    for (let number = 1; number <= 8; number++) {
      expect(await join(number, `http://10.0.0.${number}:6969`)).to.include({ status: 'accepted' });
    }
  });
});
