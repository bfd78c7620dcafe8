import { expect } from 'chai';
import { Engine } from '../../../client/engine/engine.ts';
import { PublicError } from '../../../shared/errors.ts';

const OPTIONS = {
  downloadLimit: undefined,
  uploadLimit: undefined,
  dht: undefined,
  usesExchange: false,
  allowNetworks: [],
  webSocketTrackers: [],
};

describe('client/engine/engine.ts', () => {
  it('takes the first free port of a range, also when another one takes it in that moment', async () => {
    const first = await start(0, 0);
    const { port } = first;
    const last = Math.min(65_535, port + 50);
    const others = await Promise.all([start(port, last), start(port, last)]);
    const error: unknown = await start(port, port).catch((reason: unknown) => reason);
    await Promise.all([first, ...others].map((engine) => engine.close()));
    expect(new Set([port, ...others.map((engine) => engine.port)]).size).to.equal(3);
    expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes(`port ${port} is in use`);
  });

  function start(first: number, last: number): Promise<Engine> {
    return Engine.start({ ...OPTIONS, ports: { first, last } });
  }
});
