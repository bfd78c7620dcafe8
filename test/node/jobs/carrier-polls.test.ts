import { expect } from 'chai';
import { startCarrierPolls } from '../../../node/jobs/carrier-polls.ts';
import { PublicError } from '../../../shared/errors.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { systemRandom } from '../../../shared/platform/random.ts';
import { type CarriersAnswer, type CarriersCall, NO_FEED } from '../../../shared/protocol/messages/carrier-messages.ts';
import { until } from '../../helpers/until.ts';
import { hashOf, NOW } from '../plant-records.ts';

const FEED = '0123456789abcdef';
const S = { id: 'a'.repeat(64), url: 'http://192.0.2.1:6970' };
const T = hashOf(1);
const NOTHING: CarriersAnswer = { feed: FEED, next: 0, isReset: false, items: [], nodes: [] };

/** A supernode that gives each of its answers once, and waits then. */
class ScriptedSupernode {
  readonly calls: CarriersCall[] = [];
  readonly urls: string[] = [];
  readonly #answers: (CarriersAnswer | Error)[];

  constructor(answers: (CarriersAnswer | Error)[]) {
    this.#answers = answers;
  }

  carriers(url: string, _id: string, call: CarriersCall, signal?: AbortSignal): Promise<CarriersAnswer> {
    this.calls.push(call);
    this.urls.push(url);
    const answer = this.#answers.shift();
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer !== undefined) return Promise.resolve(answer);
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  }
}

describe('node/jobs/carrier-polls.ts', () => {
  const learned: unknown[] = [];
  const forgotten: string[] = [];
  let joined: { id: string; url: string }[];

  function start(client: ScriptedSupernode) {
    learned.length = 0;
    forgotten.length = 0;
    joined = [S];
    return startCarrierPolls({
      client,
      supernodes: () => joined,
      learner: {
        introduce: async (records) =>
          records.map((record) => (record.length === 3 ? Buffer.from(record).toString() : undefined)),
        learnWitnessed: (supernode, infoHash, nodes) => void learned.push([supernode, infoHash, nodes]),
        forgetWitness: (supernode) => void forgotten.push(supernode),
      },
      clock: { now: () => NOW },
      random: systemRandom,
      log: createLog({ level: 'silent', role: 'node' }),
    });
  }

  it('begins with nothing, goes on from page to page, then from change to change', async () => {
    const client = new ScriptedSupernode([
      { ...NOTHING, next: 5, isReset: true, place: T },
      { ...NOTHING, next: 5 },
      { ...NOTHING, next: 9 },
    ]);
    const polls = start(client);
    await until(() => client.calls.length === 4);
    await polls.stop();
    const asked = client.calls.map(({ feed, since, place }) => [feed, since, place]);
    expect(asked).to.deep.equal([
      [NO_FEED, 0, undefined],
      [FEED, 5, T],
      [FEED, 5, undefined],
      [FEED, 9, undefined],
    ]);
  });

  it('hands over who carries what, without nodes whose records do not hold', async () => {
    const nodes = [Buffer.from('one'), Buffer.from('forged'), Buffer.from('two')];
    const client = new ScriptedSupernode([{ ...NOTHING, nodes, items: [{ infoHash: T, carriers: [2, 1, 0] }] }]);
    const polls = start(client);
    await until(() => learned.length === 1);
    await polls.stop();
    expect(learned).to.deep.equal([[S.id, T, ['two', 'one']]]);
  });

  it('asks again when the supernode says, after a failure too', async () => {
    const busy = new PublicError('not-joined', 'join first', { status: 403, retrySeconds: 0 });
    const client = new ScriptedSupernode([busy, NOTHING]);
    const polls = start(client);
    await until(() => client.calls.length === 3);
    await polls.stop();
    expect(client.calls[1]).to.include({ feed: NO_FEED, since: 0 });
  });

  it('goes with a supernode that moves, and forgets one that is joined no more', async () => {
    const client = new ScriptedSupernode([]);
    const polls = start(client);
    await until(() => client.urls.length === 1);
    joined = [{ ...S, url: 'http://192.0.2.2:6970' }];
    await until(() => client.urls.length === 2);
    expect(client.urls[1]).to.equal('http://192.0.2.2:6970');
    expect(forgotten).to.deep.equal([]);
    joined = [];
    await until(() => forgotten.length === 1);
    await polls.stop();
    expect(forgotten).to.deep.equal([S.id]);
  });
});
