import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import type { Signer } from '../../../shared/protocol/records/record.ts';
import { register } from '../../../supernode/api/register.ts';
import { PLANTS_PER_NETWORK, Quotas, REGISTRATIONS_PER_NETWORK } from '../../../supernode/directory/quotas.ts';
import { type Books, openBooks } from '../ledgers.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';

const NODE = signer(1);
const SPAMMER = '192.0.2.7';
const HONEST = '198.51.100.1';

describe('supernode/api/register.ts', () => {
  let books: Books;
  let quotas: Quotas;
  let now: number;

  beforeEach(async () => {
    now = START;
    quotas = new Quotas();
    books = await openBooks({ now: () => now });
    await books.ledger.offer([nodeEntry(NODE)]);
  });
  afterEach(() => books.store.close());

  /** Registers one torrent; 'planted', or why not. */
  const plant = async (planter: Signer, name: string, address: string, seq = START): Promise<string | undefined> => {
    const call = {
      plants: [plantEntry(planter, hashOf(name), { seq }).bytes],
      receipts: [receiptEntry(NODE, hashOf(name)).bytes],
    };
    const { items } = await register(call, { ...books, quotas }, address, now);
    return items[0]!.status === 'refused' ? items[0]!.code : items[0]!.status;
  };

  it('takes no more new torrents from one network, whatever the keys and addresses, and others all the same', async () => {
    for (let n = 0; n < PLANTS_PER_NETWORK.burst; n++) quotas.takePlant(`key ${n}`, `192.0.2.${n & 255}`, now);
    expect(await plant(signer(3), 'spam', SPAMMER)).to.equal('quota');
    expect(books.directory.plants.size).to.equal(0);
    expect(await plant(signer(4), 'honest', HONEST)).to.equal('planted');
    now += 60_000;
    expect(await plant(signer(5), 'later', SPAMMER)).to.equal('planted');
  });

  it('takes no more newer records of one key, and those of others all the same', async () => {
    const [spammer, honest] = [signer(3), signer(4)];
    await plant(spammer, 'a', SPAMMER);
    await plant(honest, 'b', HONEST);
    while (quotas.takeRenewal(spammer.id, SPAMMER, now));
    expect(await plant(spammer, 'a', SPAMMER, START + 1)).to.equal('quota');
    expect(await plant(spammer, 'a', SPAMMER)).to.equal('known');
    expect(await plant(honest, 'b', HONEST, START + 1)).to.equal('planted');
  });

  it('verifies nothing for a network that calls too often, and says when it may again', async () => {
    for (let n = 0; n < REGISTRATIONS_PER_NETWORK.burst; n++) quotas.takeRegistration(SPAMMER, now);
    const error = await register(
      { plants: [Buffer.from('spam')], receipts: [] },
      { ...books, quotas },
      SPAMMER,
      now,
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(PublicError).and.to.include({ code: 'quota', status: 429, retrySeconds: 1 });
    expect(await plant(signer(4), 'honest', HONEST)).to.equal('planted');
  });

  it('keeps nothing of torrents that no known node carries, nor uproots of what was not planted', async () => {
    const invented = {
      plants: [plantEntry(signer(3), hashOf('a')).bytes],
      receipts: [receiptEntry(signer(9), hashOf('a')).bytes],
    };
    const uproot = { plants: [plantEntry(signer(3), hashOf('a'), { copies: 0 }).bytes], receipts: [] };
    const codes = [];
    for (const call of [invented, uproot]) {
      codes.push((await register(call, { ...books, quotas }, SPAMMER, now)).items[0]!.code);
    }
    expect(codes).to.deep.equal(['no-carrier', 'not-planted']);
    expect(books.directory.plants.size).to.equal(0);
  });
});
