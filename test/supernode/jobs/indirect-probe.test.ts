import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import type { Pong } from '../../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { IndirectProbe } from '../../../supernode/jobs/indirect-probe.ts';
import { nodeEntry, START, signer, supernodeEntry } from '../records.ts';

const WITNESSES = [signer(101), signer(102), signer(103)];
const STRANGER = signer(104);
const NODE = nodeEntry(signer(1));
const { signal } = new AbortController();

function pongWith(record: Uint8Array): Pong {
  return { challenge: '00'.repeat(16), record, load: 0, uptimeSeconds: 1 };
}

describe('supernode/jobs/indirect-probe.ts', () => {
  let directory: Directory;
  let witnesses: Id[];
  let answers: Map<Id, Pong>;
  let asked: Id[];
  let probe: IndirectProbe;

  beforeEach(() => {
    directory = new Directory();
    for (const one of [...WITNESSES, STRANGER]) {
      directory.put(supernodeEntry(one), START);
      directory.note({ type: 'supernode', author: one.id }, true, START);
    }
    witnesses = WITNESSES.map(({ id }) => id);
    answers = new Map();
    asked = [];
    probe = new IndirectProbe({
      witnesses: () => witnesses,
      directory,
      client: {
        probe: async (_url, id) => {
          asked.push(id);
          return answers.get(id);
        },
      },
      clock: { now: () => START },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
    });
  });
  const answerOf = (count: number, pong = pongWith(NODE.bytes)): void => {
    for (const { id } of WITNESSES.slice(0, count)) answers.set(id, pong);
  };

  it('is content with one pong of a node that was reached before, and asks only supernodes that are followed', async () => {
    answerOf(1);
    answers.set(STRANGER.id, pongWith(NODE.bytes));
    expect(await probe.ask(NODE.author, true, signal)).to.deep.equal(pongWith(NODE.bytes));
    expect([...asked].sort()).to.deep.equal([...witnesses].sort());
    answers.delete(WITNESSES[0]!.id);
    expect(await probe.ask(NODE.author, true, signal)).to.equal(undefined);
  });

  it('takes two to vouch for a node that was never reached here, or all when they are fewer', async () => {
    answerOf(1);
    expect(await probe.vouch(NODE, signal)).to.equal(false);
    answerOf(2);
    expect(await probe.vouch(NODE, signal)).to.equal(true);
    witnesses = witnesses.slice(0, 1);
    expect(await probe.vouch(NODE, signal)).to.equal(true);
    witnesses = [];
    expect(await probe.vouch(NODE, signal)).to.equal(false);
  });

  it('counts no pong with other URLs than those in question, or with the record of another', async () => {
    answerOf(3, pongWith(nodeEntry(signer(1), { urls: ['http://198.51.100.1'] }).bytes));
    expect(await probe.vouch(NODE, signal)).to.equal(false);
    answerOf(3, pongWith(nodeEntry(signer(2)).bytes));
    expect(await probe.vouch(NODE, signal)).to.equal(false);
    answerOf(3, pongWith(Buffer.from('spam')));
    expect(await probe.vouch(NODE, signal)).to.equal(false);
  });
});
