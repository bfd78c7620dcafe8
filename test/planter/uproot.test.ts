import { expect } from 'chai';
import { uproot } from '../../planter/uproot.ts';
import { createVoice } from '../../planter/voice.ts';
import { PublicError } from '../../shared/errors.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { plantRecord } from '../../shared/protocol/records/statements.ts';
import { FakeNetwork, NOW, SIGNER } from './fake-network.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const PLANT = { copies: 3, seq: NOW + 5, ttlSeconds: 60 };

describe('planter/uproot.ts', () => {
  let network: FakeNetwork;

  beforeEach(() => {
    network = new FakeNetwork(3);
    network.carrying = [0, 2];
    network.own.set(A, { infoHash: A, ...PLANT });
  });

  it('tells every carrier and supernodes, with a record newer than the plant', async () => {
    const { nodes, supernodes, warnings } = await run();
    expect(nodes).to.deep.equal(['http://192.0.2.1:6969', 'http://192.0.2.3:6969']);
    expect(supernodes).to.deep.equal(network.supernodes.map(({ url }) => url));
    expect(warnings).to.deep.equal([]);
    const record = plantRecord.open(network.calls[0]!.call.plants[0]!, NOW);
    expect([record.record.author, record.value.copies, record.value.seq]).to.deep.equal([SIGNER.id, 0, NOW + 6]);
    expect(network.registrations[0]?.plants[0]).to.deep.equal(record.record.bytes);
  });

  it('uproots the other half of a hybrid as well', async () => {
    network.own.set(A, { infoHash: A, twin: B, ...PLANT }).set(B, { infoHash: B, twin: A, ...PLANT });
    const { hashes } = await run();
    expect(hashes).to.deep.equal([A, B]);
    expect(network.calls[0]?.call.plants).to.have.length(2);
  });

  it('warns of a carrier that does not answer, and says what to do', async () => {
    network.moods.set('http://192.0.2.1:6969', 'dead');
    const { nodes, warnings } = await run();
    expect(nodes).to.deep.equal(['http://192.0.2.3:6969']);
    expect(warnings[0]).to.include('connection refused').and.include('once more');
  });

  it('warns of a refusal', async () => {
    network.moods.set('http://192.0.2.1:6969', 'refuse');
    expect((await run()).warnings[0]).to.equal(`http://192.0.2.1:6969 refuses ${A}: full`);
  });

  it('fails when nobody can be told', async () => {
    for (const { urls } of network.nodes) network.moods.set(urls[0]!, 'dead');
    network.registrationFailures = ['busy', 'gone'];
    const error: unknown = await run().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message', 'nobody could be told: busy; gone');
  });

  it('fails when nobody knows the torrent of this key', async () => {
    network.own.clear();
    network.carrying = [];
    network.registrationFailures = ['not planted', 'not planted'];
    const error: unknown = await run().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('code', 'not-planted');
  });

  function run() {
    return uproot(
      { hashes: [A], hints: [] },
      {
        clock: { now: () => NOW },
        random: seededRandom(1),
        voice: createVoice(() => undefined),
        signerFor: async () => SIGNER,
        connect: async () => network,
        remember: async () => undefined,
      },
    );
  }
});
