import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { pongRecord } from '../../../shared/protocol/messages/node-messages.ts';
import { Observer } from '../../../supernode/api/observe.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import type { NodeEntry } from '../../../supernode/directory/entry.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const [CALLER, NODE, SILENT, STRANGER] = [signer(101), signer(1), signer(2), signer(3)];
const CHALLENGE = '00'.repeat(16);
const URL_OF_NODE = 'http://192.0.2.1:6969';

function pongWith({ bytes }: NodeEntry): Uint8Array {
  return pongRecord.sign({ challenge: CHALLENGE, record: bytes, load: 0, uptimeSeconds: 1 }, NODE).bytes;
}

describe('supernode/api/observe.ts', () => {
  let directory: Directory;
  let answer: () => Promise<Uint8Array>;
  let observer: Observer;
  let pinged: string[];

  beforeEach(() => {
    directory = new Directory();
    directory.put(supernodeEntry(CALLER), START);
    directory.put(nodeEntry(NODE, { urls: [URL_OF_NODE] }), START);
    directory.put(nodeEntry(SILENT), START);
    answer = async () => pongWith(nodeEntry(NODE, { urls: [URL_OF_NODE] }));
    pinged = [];
    observer = new Observer({
      directory,
      health: { isHealthy: true },
      mortality: { silence: ({ entry }) => (entry.author === SILENT.id ? 1 : 0) },
      client: {
        fetchPong: (url, id, challenge) => {
          pinged.push(`${url} ${id === NODE.id} ${challenge}`);
          return answer();
        },
      },
      clock: { now: () => START },
    });
  });
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error: PublicError) => error.code,
    );

  it('passes on the pong of a node to the challenge of the caller', async () => {
    const { pong } = await observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE });
    expect(pong).to.deep.equal(await answer());
    expect(pinged).to.deep.equal([`http://192.0.2.1:6969 true ${CHALLENGE}`]);
  });

  it('has no pong of a node that does not answer, or that it does not know', async () => {
    answer = () => Promise.reject(new PublicError('unreachable', 'no answer'));
    expect(await observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE })).to.deep.equal({});
    expect(await observer.probe(CALLER.id, { node: STRANGER.id, challenge: CHALLENGE })).to.deep.equal({});
    expect(pinged).to.have.length(1);
  });

  it('passes on no pong of a node that says to be elsewhere, where nobody has answered', async () => {
    answer = async () => pongWith(nodeEntry(NODE, { seq: START + 1, urls: ['http://198.51.100.1:80'] }));
    expect(await observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE })).to.deep.equal({});
  });

  it('does nothing for strangers', async () => {
    const call = { node: NODE.id, challenge: CHALLENGE };
    expect(await codeOf(observer.probe(STRANGER.id, call))).to.equal('unknown-supernode');
    expect(() => observer.observe(STRANGER.id, { nodes: [] })).to.throw(PublicError);
    expect(pinged).to.deep.equal([]);
  });

  it('has no more than three pings of one node under way', async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    answer = () => promise;
    const probes = [1, 2, 3].map(() => observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE }));
    expect(await codeOf(observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE }))).to.equal('busy');
    resolve(pongWith(nodeEntry(NODE)));
    await Promise.all(probes);
    expect(await codeOf(observer.probe(CALLER.id, { node: NODE.id, challenge: CHALLENGE }))).to.equal('none');
  });

  it('says for how long nodes are silent, a moment too, and leaves out those it does not know', () => {
    const { isHealthy, observations } = observer.observe(CALLER.id, { nodes: [NODE.id, SILENT.id, STRANGER.id] });
    expect(isHealthy).to.equal(true);
    expect(observations).to.deep.equal([
      { node: NODE.id, silentSeconds: 0 },
      { node: SILENT.id, silentSeconds: 1 },
    ]);
  });
});
