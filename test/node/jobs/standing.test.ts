import { expect } from 'chai';
import { Standing } from '../../../node/jobs/standing.ts';
import type { ServiceState } from '../../../shared/protocol/records/statements.ts';

describe('node/jobs/standing.ts', () => {
  function create() {
    const told: ServiceState[] = [];
    const tried = Promise.withResolvers<void>();
    const ownRecord = {
      state: 'open' as ServiceState,
      enter: (state: ServiceState) => {
        ownRecord.state = state;
      },
    };
    const joins = { firstAttempt: tried.promise, tellAll: async () => void told.push(ownRecord.state) };
    return { standing: new Standing({ ownRecord, joins }), told, tried };
  }

  it('is ready once every supernode was tried, and while it is open', async () => {
    const { standing, tried } = create();
    expect(standing.readiness).to.equal('starting');
    tried.resolve();
    expect(await standing.ready).to.equal(true);
    expect(standing.readiness).to.equal('ready');
    await standing.enter('draining');
    expect(standing.readiness).to.equal('draining');
    await standing.enter('open');
    expect(standing.readiness).to.equal('ready');
  });

  it('tells the supernodes of every change, and of nothing else', async () => {
    const { standing, told } = create();
    await standing.enter('open');
    await standing.enter('draining');
    await standing.enter('draining');
    await standing.enter('open');
    expect(told).to.deep.equal(['draining', 'open']);
  });

  it('never comes back once it has left', async () => {
    const { standing, told, tried } = create();
    await standing.enter('left');
    await standing.enter('open');
    tried.resolve();
    expect(await standing.ready).to.equal(false);
    expect([standing.state, standing.readiness, told]).to.deep.equal(['left', 'left', ['left']]);
  });
});
