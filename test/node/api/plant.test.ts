import { expect } from 'chai';
import { SIGNATURE_CHECKS } from '../../../node/api/quota.ts';
import { PublicError } from '../../../shared/errors.ts';
import { readFailure } from '../../../shared/protocol/messages/failure-message.ts';
import { type PlantCall, plantCall } from '../../../shared/protocol/messages/node-messages.ts';
import { sealCall } from '../../../shared/protocol/records/envelope.ts';
import { receiptRecord } from '../../../shared/protocol/records/statements.ts';
import { allocationOf, DAY_MS, hashOf, NOW, plantOf, signerOf } from '../plant-records.ts';
import { type ApiServer, FORBIDDEN, NODE, SUPERNODE, startApiServer } from './api-server.ts';

const PLANTER = signerOf(1);
const T = hashOf(1);
const ALLOCATION = allocationOf(SUPERNODE, T, NODE.id);

describe('node/api/plant.ts', () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer({ planter: PLANTER, maxPlants: 2 });
  });
  afterEach(() => server.close());

  const plant = (call: Partial<PlantCall>) =>
    server.client.plant(server.url, NODE.id, { plants: [], allocations: [], carriers: [], ...call });
  const refusalOf = async (call: Partial<PlantCall>): Promise<string> => {
    const { items } = await plant({ plants: [plantOf(PLANTER, T).bytes], ...call });
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ infoHash: T, status: 'refused' });
    expect(items[0]!.receipt).to.equal(undefined);
    expect(server.tracker.carries(T)).to.equal(false);
    return items[0]!.code!;
  };
  const errorOf = async (promise: Promise<unknown>): Promise<string> => {
    const error = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError);
    return (error as PublicError).code;
  };

  it('carries a torrent that a joined supernode allocated to it, and signs a receipt', async () => {
    const { items } = await plant({ plants: [plantOf(PLANTER, T).bytes], allocations: [ALLOCATION] });
    expect(items[0]).to.include({ infoHash: T, status: 'planted' });
    expect(server.tracker.carries(T)).to.equal(true);
    const { record, value } = receiptRecord.open(items[0]!.receipt!, NOW);
    expect(record.author).to.equal(NODE.id);
    expect(value).to.include({ infoHash: T, epoch: server.holdings.head().epoch, change: 1, seq: NOW });
  });

  it('answers a repetition with `known` and the same change', async () => {
    const call = { plants: [plantOf(PLANTER, T).bytes], allocations: [ALLOCATION] };
    await plant(call);
    const { items } = await plant(call);
    expect(items[0]!.status).to.equal('known');
    expect(receiptRecord.open(items[0]!.receipt!, NOW).value.change).to.equal(1);
  });

  it('judges the items of one call one by one, in their order', async () => {
    const { items } = await plant({
      plants: [plantOf(PLANTER, hashOf(2)).bytes, plantOf(PLANTER, T).bytes],
      allocations: [ALLOCATION],
    });
    expect(items.map(({ status, code }) => code ?? status)).to.deep.equal(['no-allocation', 'planted']);
  });

  it('refuses a torrent that the operator forbids, whoever allocated it', async () => {
    const { items } = await plant({
      plants: [plantOf(PLANTER, FORBIDDEN).bytes],
      allocations: [allocationOf(SUPERNODE, FORBIDDEN, NODE.id)],
    });
    expect(items).to.deep.equal([{ infoHash: FORBIDDEN, status: 'refused', code: 'forbidden-torrent' }]);
    expect(server.tracker.carries(FORBIDDEN)).to.equal(false);
  });

  it('takes the uproot of the same planter without an allocation', async () => {
    await plant({ plants: [plantOf(PLANTER, T).bytes], allocations: [ALLOCATION] });
    const { items } = await plant({ plants: [plantOf(PLANTER, T, { copies: 0, seq: NOW + 1 }).bytes] });
    expect(items[0]).to.deep.equal({ infoHash: T, status: 'planted' });
    expect(server.tracker.carries(T)).to.equal(false);
  });

  for (const [what, code, allocations] of [
    ['without an allocation', 'no-allocation', []],
    ['with the allocation of another torrent', 'no-allocation', [allocationOf(SUPERNODE, hashOf(2), NODE.id)]],
    [
      'that a supernode allocated which the node has not joined',
      'unknown-supernode',
      [allocationOf(signerOf(9), T, NODE.id)],
    ],
    ['that the planter allocated itself', 'unknown-supernode', [allocationOf(PLANTER, T, NODE.id)]],
    ['that was allocated to other nodes', 'other-node', [allocationOf(SUPERNODE, T, signerOf(9).id)]],
    ['whose allocation has expired', 'allocation-expired', [allocationOf(SUPERNODE, T, NODE.id, { expiresAt: NOW })]],
  ] as const) {
    it(`refuses a plant ${what}`, async () => {
      expect(await refusalOf({ allocations })).to.equal(code);
    });
  }

  it('is content with one good allocation among bad ones', async () => {
    const bad = allocationOf(signerOf(9), T, NODE.id);
    const { items } = await plant({ plants: [plantOf(PLANTER, T).bytes], allocations: [bad, ALLOCATION] });
    expect(items[0]!.status).to.equal('planted');
  });

  it('refuses what exceeds its room, the uproot of what was never planted, and a plant that was uprooted', async () => {
    expect(await refusalOf({ plants: [plantOf(PLANTER, T, { copies: 0 }).bytes] })).to.equal('not-planted');
    const uproot = plantOf(PLANTER, T, { copies: 0, seq: NOW + 1 }).bytes;
    await plant({ plants: [plantOf(PLANTER, T).bytes, uproot], allocations: [ALLOCATION] });
    expect(await refusalOf({ allocations: [ALLOCATION] })).to.equal('uprooted');
    const hashes = [hashOf(2), hashOf(3)];
    const { items } = await plant({
      plants: hashes.map((hash) => plantOf(PLANTER, hash).bytes),
      allocations: hashes.map((hash) => allocationOf(SUPERNODE, hash, NODE.id)),
    });
    expect(items.map(({ status, code }) => code ?? status)).to.deep.equal(['planted', 'full']);
  });

  for (const [what, code, bytes] of [
    ['a forged plant record', 'record', tampered(plantOf(PLANTER, T).bytes)],
    ['a record of another type', 'record', ALLOCATION],
    ['a plant record that has expired', 'expired', plantOf(PLANTER, T, { seq: NOW - DAY_MS }).bytes],
    ['a plant record from the future', 'seq', plantOf(PLANTER, T, { seq: NOW + 3_600_001 }).bytes],
    ['bytes that are no record', 'bencoding', Buffer.from('spam')],
  ] as const) {
    it(`refuses a whole call with ${what}`, async () => {
      const plants = [plantOf(PLANTER, hashOf(2)).bytes, bytes];
      const allocations = [allocationOf(SUPERNODE, hashOf(2), NODE.id)];
      expect(await errorOf(plant({ plants, allocations }))).to.equal(code);
      expect(server.holdings.head().change).to.equal(0);
    });
  }

  it('refuses a whole call with a forged allocation', async () => {
    const call = { plants: [plantOf(PLANTER, T).bytes], allocations: [tampered(ALLOCATION)] };
    expect(await errorOf(plant(call))).to.equal('record');
  });

  it('refuses more items than a call may carry', async () => {
    const plants = Array.from({ length: 51 }, (_, index) => plantOf(PLANTER, hashOf(index)).bytes);
    expect(await errorOf(plant({ plants }))).to.equal('bencoding');
  });

  describe('signatures to check', () => {
    const call = { plants: [plantOf(PLANTER, T).bytes], allocations: [ALLOCATION], carriers: [] };
    /** The envelope and two records. */
    const OF_CALL = 3;
    beforeEach(async () => {
      await server.close();
      server = await startApiServer({ planter: PLANTER, signatures: 2 * OF_CALL + 1 });
    });
    const tryFrom = async (address: string, body: Uint8Array, path = '/v2/plant') => {
      const { status, headers } = await server.guard.request(server.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-bencode', 'x-forwarded-for': address },
        body,
        maxBytes: 8192,
      });
      return { status, retry: headers['retry-after'] };
    };
    let calls = 0;
    const sealed = (message: PlantCall = call, path = '/v2/plant'): Uint8Array => {
      const nonce = (++calls).toString(16).padStart(32, '0');
      return sealCall({ to: NODE.id, path, at: NOW, nonce, body: plantCall.write(message) }, PLANTER);
    };
    const GOOD = { status: 200, retry: undefined };
    const TOO_MANY = { status: 429, retry: '5' };

    it('are so many for one network, records and envelopes alike, and more as time goes by', async () => {
      expect(await tryFrom('192.0.2.1', sealed())).to.deep.equal(GOOD);
      expect(await tryFrom('192.0.2.2', sealed())).to.deep.equal(GOOD);
      expect(await tryFrom('192.0.2.3', sealed())).to.deep.equal(TOO_MANY);
      expect(await tryFrom('::ffff:192.0.2.4', sealed())).to.deep.equal(TOO_MANY);
      expect(await tryFrom('192.0.3.1', sealed())).to.deep.equal(GOOD);
      server.clock.at += 1000;
      expect(await tryFrom('192.0.2.1', sealed())).to.deep.equal(GOOD);
    });

    it('are so many for an IPv6 /48', async () => {
      expect(await tryFrom('2001:db8::1', sealed())).to.deep.equal(GOOD);
      expect(await tryFrom('2001:db8:0:9::1', sealed())).to.deep.equal(GOOD);
      expect(await tryFrom('2001:db8:0:a::1', sealed())).to.deep.equal(TOO_MANY);
      expect(await tryFrom('2001:db8:1::1', sealed())).to.deep.equal(GOOD);
    });

    it('are counted before they are checked: forged ones cost the sender as much', async () => {
      const forged = Buffer.from(sealed());
      forged[forged.indexOf('1:s64:') + 7]! ^= 1;
      for (let n = 0; n < 2 * OF_CALL + 1; n++) expect((await tryFrom('192.0.2.1', forged)).status).to.equal(400);
      expect(await tryFrom('192.0.2.1', forged)).to.deep.equal(TOO_MANY);
      expect(await tryFrom('192.0.2.1', sealed())).to.deep.equal(TOO_MANY);
    });

    it('are more for a call with more of them, of which nothing is done then', async () => {
      const plants = Array.from({ length: 7 }, (_, index) => plantOf(PLANTER, hashOf(index)).bytes);
      const allocations = [allocationOf(SUPERNODE, hashOf(0), NODE.id)];
      expect(await tryFrom('192.0.2.1', sealed({ plants, allocations, carriers: [] }))).to.deep.equal(TOO_MANY);
      expect(server.holdings.head().change).to.equal(0);
    });

    it('are shared with the calls that release torrents', async () => {
      const body = Buffer.from('spam');
      for (let n = 0; n < 2 * OF_CALL + 1; n++) {
        expect((await tryFrom('192.0.2.1', body, '/v2/release')).status).to.equal(400);
      }
      expect(await tryFrom('192.0.2.1', sealed())).to.deep.equal(TOO_MANY);
      expect(await tryFrom('192.0.2.1', body, '/v2/release')).to.deep.equal(TOO_MANY);
    });

    it('are enough to plant 1000 torrents one by one, each with the records of seven carriers', async () => {
      const ofTorrent = OF_CALL + 7;
      expect(SIGNATURE_CHECKS.capacity).to.be.at.least(1000 * ofTorrent);
      // A supernode heals 1200 torrents a minute: with two planters, two other carriers and a call for each.
      expect(60 / SIGNATURE_CHECKS.secondsPerUnit).to.be.at.least(1200 * 6);
    });
  });

  describe('the envelope', () => {
    const post = async (changes: Partial<Parameters<typeof sealCall>[0]> = {}, type = 'application/x-bencode') => {
      const body = plantCall.write({ plants: [], allocations: [], carriers: [] });
      const call = { to: NODE.id, path: '/v2/plant', at: NOW, nonce: 'ab'.repeat(16), body, ...changes };
      const { status, body: answer } = await server.guard.request(`${server.url}/v2/plant`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: sealCall(call, PLANTER),
        maxBytes: 4096,
      });
      return status === 200 ? { status } : { status, code: readFailure(answer, status).code };
    };

    it('is accepted once', async () => {
      expect(await post()).to.deep.equal({ status: 200 });
      expect(await post()).to.deep.equal({ status: 400, code: 'replay' });
    });

    for (const [what, changes, code] of [
      ['for another node', { to: SUPERNODE.id }, 'recipient'],
      ['for another path', { path: '/v2/join' }, 'recipient'],
      ['of five minutes ago', { at: NOW - 300_001 }, 'clock'],
      ['with a body that is no plant call', { body: Buffer.from('de') }, 'bencoding'],
    ] as const) {
      it(`is refused when it is ${what}`, async () => {
        expect(await post(changes)).to.deep.equal({ status: 400, code });
      });
    }

    it('is refused with another media type', async () => {
      expect(await post({}, 'application/json')).to.deep.equal({ status: 415, code: 'body' });
    });

    it('is dated anew by a caller whose clock is wrong', async () => {
      server.clock.at = NOW + 600_000;
      const { items } = await plant({ plants: [plantOf(PLANTER, T).bytes], allocations: [ALLOCATION] });
      expect(items[0]!.status).to.equal('planted');
    });
  });
});

/** The same record with one bit of its payload changed. */
function tampered(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf('6:copiesi3e');
  expect(at).to.be.greaterThan(0);
  copy[at + '6:copiesi'.length] = '2'.charCodeAt(0);
  return copy;
}
