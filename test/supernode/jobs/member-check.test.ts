import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { RequestError, type RequestFailure } from '../../../shared/http/request-error.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { Pong } from '../../../shared/protocol/messages/node-messages.ts';
import { createMemberCheck } from '../../../supernode/jobs/member-check.ts';
import type { Pinger } from '../../../supernode/jobs/member-ping.ts';
import { nodeEntry, signer, supernodeEntry } from '../records.ts';

const [FIRST, SECOND] = ['http://[2001:db8::1]:6969', 'http://192.0.2.1:6969'];
const NODE = nodeEntry(signer(1), { urls: [FIRST, SECOND] });
const PONG: Pong = { challenge: '00'.repeat(16), record: NODE.bytes, load: 0, uptimeSeconds: 1 };

describe('supernode/jobs/member-check.ts', () => {
  let failures: Map<string, RequestFailure>;
  let announced: string[];
  let announceAnswer: string;
  beforeEach(() => {
    failures = new Map();
    announced = [];
    announceAnswer = 'd8:intervali1800e5:peers0:e';
  });

  const pinger: Pinger = {
    ping: async (url) => {
      const failure = failures.get(url);
      if (failure === undefined) return { pong: PONG };
      const cause = new RequestError(failure, new URL(url), 'failed');
      throw new PublicError('unreachable', `${url} does not answer`, { cause });
    },
  };
  const check = createMemberCheck({
    clients: { node: pinger, supernode: pinger },
    guard: {
      request: async (url) => {
        announced.push(url.slice(0, url.indexOf('?')));
        return { status: 200, headers: {}, body: Buffer.from(announceAnswer) };
      },
    },
    random: seededRandom(1),
  });
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error: PublicError) => error.code,
    );

  it('has a node answer at every URL, and an announce at the first', async () => {
    expect(await check(NODE)).to.equal(FIRST);
    expect(announced).to.deep.equal([`${FIRST}/announce`]);
  });

  it('holds nothing against a URL to which this machine has no way, as one of another address family', async () => {
    failures.set(FIRST, 'no-route');
    expect(await check(NODE)).to.equal(SECOND);
    expect(announced).to.deep.equal([`${SECOND}/announce`]);
  });

  it('refuses a member that is silent at one of its URLs, or that cannot be reached at any', async () => {
    failures.set(SECOND, 'unreachable');
    expect(await codeOf(check(NODE))).to.equal('ping');
    failures.set(FIRST, 'no-route').set(SECOND, 'no-route');
    expect(await codeOf(check(NODE))).to.equal('ping');
    expect(announced).to.deep.equal([]);
  });

  it('refuses a node that is no tracker, and asks no supernode to be one', async () => {
    announceAnswer = 'd4:spam4:spame';
    expect(await codeOf(check(NODE))).to.equal('announce');
    const supernode = supernodeEntry(signer(2));
    expect(await check(supernode)).to.equal(supernode.statement.urls[0]);
  });
});
