import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import {
  MAX_OBSERVED,
  type ObservationsAnswer,
  type ObservationsCall,
} from '../../../shared/protocol/messages/federation-messages.ts';
import type { Pong } from '../../../shared/protocol/messages/node-messages.ts';
import type { Id } from '../../../shared/protocol/records/record.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { Observations } from '../../../supernode/directory/observations.ts';
import { MAX_PROOFS, startConsultation } from '../../../supernode/jobs/consultation.ts';
import { START, signer, supernodeEntry } from '../records.ts';

const [NEAR, FAR] = [signer(1), signer(2)];
const PONG = {} as Pong;
const idOf = (number: number): Id => number.toString(16).padStart(64, '0');

describe('supernode/jobs/consultation.ts', () => {
  let directory: Directory;
  let observations: Observations;
  let doubtful: Id[];
  let updates: number;
  let asked: { id: Id; nodes: readonly Id[] }[];
  /** Of which nodes each was asked to show that they live, and what it showed. */
  let proofs: { id: Id; node: Id }[];
  let prove: (id: Id, node: Id) => Promise<Pong | undefined>;
  let answer: (id: Id, call: ObservationsCall) => ObservationsAnswer;

  beforeEach(() => {
    directory = new Directory(DIRECTORY_LIMITS);
    for (const author of [NEAR, FAR]) {
      directory.put(supernodeEntry(author), START);
      directory.supernodes.note(author.id, true, START);
    }
    observations = new Observations(60_000);
    doubtful = [];
    updates = 0;
    asked = [];
    proofs = [];
    prove = async () => PONG;
    answer = (_id, { nodes }) => ({ isHealthy: true, observations: nodes.map((node) => ({ node, silentSeconds: 5 })) });
  });

  const consult = async (): Promise<void> => {
    const consultation = startConsultation({
      directory,
      observations,
      mortality: { doubtful: () => doubtful, update: () => void updates++ },
      witnesses: () => [NEAR.id, FAR.id],
      client: {
        observations: async (_url, id, call) => {
          asked.push({ id, nodes: call.nodes });
          return answer(id, call);
        },
        probe: (_url, id, node) => {
          proofs.push({ id, node });
          return prove(id, node);
        },
      },
      deadAfterMs: 600_000,
      intervalMs: 3_600_000,
      clock: { now: () => START },
      random: seededRandom(1),
      log: createLog({ level: 'silent', role: 'test' }),
    });
    await consultation.runNow();
    await consultation.stop();
  };

  it('asks all witnesses that answer about nodes that are silent here, and nobody when there are none', async () => {
    await consult();
    expect([asked.length, updates]).to.deep.equal([0, 1]);
    doubtful = [idOf(1)];
    for (let missed = 0; missed < 3; missed++) directory.supernodes.note(FAR.id, false, START);
    await consult();
    expect(asked).to.deep.equal([{ id: NEAR.id, nodes: doubtful }]);
    expect(observations.about(idOf(1), START)).to.deep.equal([5000]);
    expect(updates).to.equal(2);
  });

  it('asks about all of them, however many have fallen silent', async () => {
    doubtful = Array.from({ length: 2 * MAX_OBSERVED + 1 }, (_, number) => idOf(number + 1));
    await consult();
    const ofNear = asked.filter(({ id }) => id === NEAR.id);
    expect(ofNear.map(({ nodes }) => nodes.length)).to.deep.equal([MAX_OBSERVED, MAX_OBSERVED, 1]);
    for (const id of [doubtful[0]!, doubtful.at(-1)!])
      expect(observations.about(id, START)).to.deep.equal([5000, 5000]);
  });

  it('believes nobody who cannot show that a node lives, and silence without more', async () => {
    doubtful = [idOf(1), idOf(2)];
    answer = (_id, { nodes }) => {
      const [first, second] = nodes as [Id, Id];
      const observations = [
        { node: first, silentSeconds: 0 },
        { node: second, silentSeconds: 600 },
      ];
      return { isHealthy: true, observations };
    };
    prove = (id) => (id === NEAR.id ? Promise.resolve(PONG) : Promise.reject(new PublicError('busy', 'too many')));
    await consult();
    expect(proofs).to.have.deep.members([
      { id: NEAR.id, node: idOf(1) },
      { id: FAR.id, node: idOf(1) },
    ]);
    expect(observations.about(idOf(1), START)).to.deep.equal([0]);
    expect(observations.about(idOf(2), START)).to.deep.equal([600_000, 600_000]);
  });

  it('has whoever says it of many nodes show it of some, and believes nothing more when one of those fails', async () => {
    doubtful = Array.from({ length: 3 * MAX_PROOFS }, (_, number) => idOf(number + 1));
    let fails = 1;
    prove = async (id) => (id === FAR.id && fails-- > 0 ? undefined : PONG);
    await consult();
    expect(proofs).to.have.length(2 * MAX_PROOFS);
    const counts = doubtful.map((id) => observations.about(id, START).length);
    expect(counts.filter((count) => count === 2)).to.have.length(MAX_PROOFS - 1);
    expect(counts.filter((count) => count === 1)).to.have.length(2 * MAX_PROOFS + 1);
  });

  it('takes the word of others when one does not answer, or does not trust its own eyes', async () => {
    doubtful = [idOf(1)];
    answer = (id, { nodes }) => {
      if (id === NEAR.id) throw new PublicError('unreachable', 'no answer');
      return { isHealthy: false, observations: nodes.map((node) => ({ node, silentSeconds: 5 })) };
    };
    await consult();
    expect(observations.about(idOf(1), START)).to.deep.equal([]);
    expect(updates).to.equal(1);
  });
});
