import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import type { SupernodePing } from '../../../shared/http/supernode-client.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { JoinAnswer } from '../../../shared/protocol/messages/directory-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import { Introductions } from '../../../supernode/jobs/introductions.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { START, signer, supernodeEntry } from '../records.ts';

const OTHER = signer(9);
const FRIEND = signer(10);

describe('supernode/jobs/introductions.ts', () => {
  let directory: Directory;
  let introductions: Introductions;
  let named: Map<Id, readonly Id[]>;
  let forgotten: string[];
  let joined: string[];
  let screened: Id[];
  /** What supernodes say of where they are; where they are called when left out. */
  let claimed: readonly string[] | undefined;
  /** Records that OTHER tells of. */
  let told: readonly Uint8Array[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    named = new Map();
    forgotten = [];
    joined = [];
    screened = [];
    claimed = undefined;
    told = [supernodeEntry(FRIEND, { urls: [at(FRIEND).url] }).bytes];
    const books = await openBooks({ now: () => START });
    directory = books.directory;
    close = () => books.store.close();
    introductions = new Introductions({
      ...books,
      self: signer(1).id,
      acquaintances: {
        note: (_url, id, known) => void named.set(id, known),
        forget: (url) => void forgotten.push(url),
      },
      ownRecord: { current: () => Buffer.from('own') },
      newcomers: {
        screen: (entry) => {
          screened.push(entry.author);
          return entry.author !== FRIEND.id;
        },
      },
      client: { ping, join },
      clock: { now: () => START },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  });

  afterEach(async () => {
    await introductions.stop();
    await close();
  });

  it('believes those that the operator or a domain of his names, and notes whom they know', async () => {
    introductions.add(at(OTHER));
    await until(() => named.has(OTHER.id));
    expect(named.get(OTHER.id)).to.deep.equal([FRIEND.id]);
    introductions.find(at(FRIEND));
    await until(() => named.has(FRIEND.id));
    expect([...directory.supernodes.values()]).to.have.length(2);
    expect(screened).to.include(FRIEND.id);
  });

  it('introduces itself to one found elsewhere, without believing it more than others', async () => {
    await introductions.meet(at(OTHER));
    expect(joined).to.deep.equal([at(OTHER).url]);
    expect(directory.supernodes.get(OTHER.id)?.liveness.state).to.equal('up');
    expect(named.size).to.equal(0);
  });

  it('leaves out what one of them tells of somebody whose record has expired', async () => {
    const lapsed = supernodeEntry(signer(11), { seq: START - 10_000, ttlSeconds: 1 });
    told = [lapsed.bytes, supernodeEntry(FRIEND, { urls: [at(FRIEND).url] }).bytes];
    introductions.add(at(OTHER));
    await until(() => named.has(OTHER.id));
    expect(named.get(OTHER.id)).to.deep.equal([FRIEND.id]);
    expect(screened).to.deep.equal([FRIEND.id]);
  });

  it('has whoever says to be elsewhere asked there first', async () => {
    claimed = [at(OTHER).url, 'http://198.51.100.1'];
    introductions.add(at(OTHER));
    await until(() => named.has(OTHER.id));
    expect(screened).to.include(OTHER.id);
    expect(directory.supernodes.size).to.equal(0);
  });

  it('asks again soon when somebody has appeared, also while it was asking', async () => {
    introductions.add(at(OTHER));
    introductions.hurry();
    await until(() => joined.length === 2, { what: 'asked again' });
  });

  it('minds nobody who does not answer, or under another key', async () => {
    await introductions.meet({ url: 'http://192.0.2.99:6970', id: undefined });
    await introductions.meet({ ...at(OTHER), id: FRIEND.id });
    expect(joined).to.deep.equal([]);
  });

  it('has one that a domain names take the place of one that does not answer, of those configured none', async () => {
    for (let host = 100; host < 107; host++) introductions.add({ url: `http://192.0.2.${host}`, id: undefined });
    introductions.find({ url: 'http://192.0.2.99', id: undefined });
    introductions.find(at(OTHER));
    expect(joined).to.deep.equal([]);
    await until(() => {
      introductions.find(at(OTHER));
      return joined.length === 1;
    });
    introductions.find(at(FRIEND));
    expect(joined).to.deep.equal([at(OTHER).url]);
    expect(forgotten).to.deep.equal(['http://192.0.2.99']);
  });

  async function ping(url: string, expected?: Id): Promise<SupernodePing> {
    const author = [OTHER, FRIEND].find((one) => at(one).url === url);
    if (author === undefined) throw new PublicError('unreachable', 'nobody is there');
    if (expected !== undefined && expected !== author.id) throw new PublicError('author', 'somebody else');
    const { bytes } = supernodeEntry(author, { urls: claimed ?? [url] });
    return { id: author.id, pong: { record: bytes } } as unknown as SupernodePing;
  }

  async function join(url: string): Promise<JoinAnswer> {
    joined.push(url);
    return { status: 'accepted', retrySeconds: 300, supernodes: url === at(OTHER).url ? told : [] };
  }
});

function at(one: typeof OTHER) {
  return { url: `http://192.0.2.${one === OTHER ? 9 : 10}:6970`, id: undefined };
}
