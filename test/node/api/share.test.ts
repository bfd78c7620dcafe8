import { expect } from 'chai';
import express from 'express';
import { createShareHandler } from '../../../node/api/share.ts';
import { createSyncHandler } from '../../../node/api/sync.ts';
import type { PublicError } from '../../../shared/errors.ts';
import { readBencodedBody } from '../../../shared/http/bencoded-body.ts';
import { handleErrors } from '../../../shared/http/error-handler.ts';
import { createGuard, type Guard } from '../../../shared/http/guard.ts';
import { NodeClient } from '../../../shared/http/node-client.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { systemRandom } from '../../../shared/platform/random.ts';
import { encode } from '../../../shared/protocol/encoding/bencoding.ts';
import { readFailure } from '../../../shared/protocol/messages/failure-message.ts';
import { ShareGroups } from '../../../shared/protocol/messages/share-groups.ts';
import {
  allBuckets,
  noBuckets,
  SHARE_PATH,
  type ShareBatch,
  SYNC_PATH,
  shareBatch,
} from '../../../shared/protocol/messages/share-messages.ts';
import { sealCall } from '../../../shared/protocol/records/envelope.ts';
import type { Signer } from '../../../shared/protocol/records/record.ts';
import { type BoundServer, serveOnLoopback } from '../../helpers/bound-server.ts';
import { packGroups } from '../../helpers/packed-groups.ts';
import { hashOf } from '../plant-records.ts';
import { Lab } from '../sharing/lab.ts';

const T = hashOf(1);
const EPOCH = 'ab'.repeat(8);
const DAY_MS = 86_400_000;
const signerOf = (index: number): Signer => createSigner(Buffer.alloc(32, index + 1));

describe('node/api/share.ts and sync.ts', () => {
  let lab: Lab;
  let server: BoundServer;
  let guard: Guard;
  /** Signatures that were counted. */
  let checked: number;
  const [victim, partner, stranger] = [signerOf(0), signerOf(1), signerOf(7)];

  beforeEach(async () => {
    lab = new Lab({ nodes: 2 });
    lab.plant(T);
    lab.run(2000);
    const { sharing } = lab.nodes[0]!;
    const checks = { count: () => void checked++ };
    const options = { signer: victim, clock: { now: () => lab.now }, sharing, checks };
    checked = 0;
    const app = express();
    app.post(SHARE_PATH, readBencodedBody(), createShareHandler(options));
    app.post(SYNC_PATH, readBencodedBody(), createSyncHandler(options));
    app.use(handleErrors(createLog({ level: 'silent', role: 'node' })));
    server = await serveOnLoopback(app);
    guard = createGuard({ allowNetworks: [], configuredUrls: [server.url] });
  });
  afterEach(async () => {
    await guard.close();
    await server.close();
  });

  const clientOf = (signer: Signer, offsetMs = 0): NodeClient => {
    return new NodeClient({ guard, signer, clock: { now: () => lab.now + offsetMs }, random: systemRandom });
  };
  const batchOf = (sequence: number, port: number): ShareBatch => ({
    epoch: EPOCH,
    sequence,
    base: sequence - 1,
    groups: new ShareGroups(packGroups([{ infoHash: T, leechers: 1, peers: [{ address: '1.2.3.4', port }] }])),
  });
  const ports = (): number[] => lab.nodes[0]!.ports(T, lab.now);
  const post = async (body: Uint8Array, path: string = SHARE_PATH): Promise<PublicError> => {
    const headers = { 'content-type': 'application/x-bencode' };
    const answer = await guard.request(server.url + path, { method: 'POST', body, headers, maxBytes: 65_536 });
    return readFailure(answer.body, answer.status);
  };
  let calls = 0;
  const seal = (message: Uint8Array, changes: { to?: string; path?: string; at?: number } = {}): Uint8Array => {
    const nonce = (++calls).toString(16).padStart(32, '0');
    const call = { to: victim.id, path: SHARE_PATH, at: lab.now, nonce, body: message, ...changes };
    return sealCall(call, partner);
  };

  it('takes a batch of a partner and answers with its number', async () => {
    const answer = await clientOf(partner).share(server.url, victim.id, batchOf(1, 2000));
    expect(answer).to.deep.include({ sequence: 1, refused: [], notBeforeMs: 0 });
    expect(ports()).to.deep.equal([2000]);
    expect(checked).to.equal(0);
  });

  it('takes it from a partner whose clock is a day off', async () => {
    for (const [index, offsetMs] of [DAY_MS, -DAY_MS].entries()) {
      await clientOf(partner, offsetMs).share(server.url, victim.id, batchOf(index + 1, 2000 + index));
    }
    expect(ports()).to.deep.equal([2000, 2001]);
  });

  it('refuses everything that a stranger sends, and gives it nothing', async () => {
    const answer = await clientOf(stranger).share(server.url, victim.id, batchOf(1, 2000));
    expect(answer.refused).to.deep.equal([T]);
    const call = { epoch: EPOCH, buckets: allBuckets(), cursor: 0 };
    const error = await clientOf(stranger)
      .sync(server.url, victim.id, call)
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'not-shared');
    expect(ports()).to.deep.equal([]);
    expect(checked, "of strangers' signatures no more are checked than of planters'").to.equal(2);
  });

  it('refuses a call that is replayed, for somebody else, for another path or too old', async () => {
    const message = shareBatch.write(batchOf(1, 2000));
    const first = seal(message);
    await guard.request(server.url + SHARE_PATH, {
      method: 'POST',
      body: first,
      headers: { 'content-type': 'application/x-bencode' },
      maxBytes: 65_536,
    });
    expect((await post(first)).code).to.equal('replay');
    expect((await post(seal(message, { to: stranger.id }))).code).to.equal('recipient');
    expect((await post(seal(message, { path: SYNC_PATH }))).code).to.equal('recipient');
    expect((await post(seal(message, { at: lab.now - 301_000 }))).code).to.equal('clock');
  });

  it('refuses a call under a forged key, and messages that are malformed', async () => {
    const sealed = Buffer.from(seal(shareBatch.write(batchOf(1, 2000))));
    const forged = Buffer.from(sealed);
    Buffer.from(stranger.id, 'hex').copy(forged, forged.indexOf(Buffer.from(partner.id, 'hex')));
    expect((await post(forged)).code).to.equal('record');
    for (const message of [
      Buffer.from('x'),
      encode({}),
      encode({ epoch: Buffer.alloc(8), seq: 1, base: 0, groups: 'x' }),
    ]) {
      expect((await post(seal(message))).code).to.equal('bencoding');
    }
    expect(ports()).to.deep.equal([]);
  });

  it('gives a partner its own peers, and a census not more often than every two seconds', async () => {
    lab.nodes[0]!.announce(T, { port: 3000 }, lab.now);
    lab.now += 5000;
    const client = clientOf(partner);
    const call = { epoch: EPOCH, buckets: allBuckets(), cursor: 0 };
    const page = await client.sync(server.url, victim.id, call);
    expect(page.census?.reduce((sum, count) => sum + count, 0)).to.equal(1);
    expect(page.next).to.equal(undefined);
    expect([page.groups.next(), page.groups.leechers, page.groups.countOf(0)]).to.deep.equal([true, 1, 1]);
    const second = await client.sync(server.url, victim.id, { ...call, buckets: noBuckets() });
    expect([second.census, second.groups.next()]).to.deep.equal([undefined, false]);
    lab.now += 2001;
    expect((await client.sync(server.url, victim.id, { ...call, buckets: noBuckets() })).census).to.have.length(256);
  });

  it('is not confused by a cursor that it never gave', async () => {
    lab.nodes[0]!.announce(T, { port: 3000 }, lab.now);
    const client = clientOf(partner);
    for (const cursor of [1, 7, 10, 11, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      const page = await client.sync(server.url, victim.id, { epoch: EPOCH, buckets: allBuckets(), cursor });
      while (page.groups.next()) expect(page.groups.countOf(0)).to.equal(1);
    }
  });
});
