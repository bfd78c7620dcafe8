import { createServer } from 'node:net';
import { expect } from 'chai';
import { choosePort, readGoal } from '../../../client/transfer/options.ts';
import { UsageError } from '../../../shared/errors.ts';

describe('client/transfer/options.ts', () => {
  it('reads when seeding ends', () => {
    expect(readGoal({ ratio: undefined, timeMs: undefined })).to.equal(undefined);
    expect(readGoal({ ratio: '1.5', timeMs: undefined })).to.deep.equal({ ratio: 1.5 });
    expect(readGoal({ ratio: '2', timeMs: 1000 })).to.deep.equal({ ratio: 2, timeMs: 1000 });
  });

  for (const ratio of ['x', '-1', '1.', '1e3', '']) {
    it(`refuses the ratio '${ratio}'`, () => {
      expect(() => readGoal({ ratio, timeMs: undefined })).to.throw(UsageError);
    });
  }

  it('takes the first free port of a range', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as { port: number };
    try {
      expect(await choosePort('0')).to.equal(0);
      expect(await failure(choosePort(`${port}`))).to.include('in use');
      expect(await choosePort(`${port}-${Math.min(65_535, port + 50)}`)).to.be.greaterThan(port);
    } finally {
      server.close();
    }
  });

  for (const text of ['x', '70000', '10-5', '1-2-3', '']) {
    it(`refuses the port '${text}'`, async () => {
      expect(await failure(choosePort(text))).to.include('expected a port');
    });
  }
});

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(UsageError);
  return (error as UsageError).message;
}
