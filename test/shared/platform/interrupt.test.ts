import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { Interrupt } from '../../../shared/platform/interrupt.ts';

describe('shared/platform/interrupt.ts', () => {
  it('is aborted by the first signal, whose echo changes nothing', () => {
    const host = new EventEmitter();
    using interrupt = new Interrupt(host);
    expect(interrupt.signal.aborted).to.equal(false);
    host.emit('SIGINT');
    host.emit('SIGINT');
    expect(interrupt.signal.aborted).to.equal(true);
    expect(host.listenerCount('SIGINT')).to.equal(1);
  });

  it('leaves the signals to the system when it is disposed of', () => {
    const host = new EventEmitter();
    new Interrupt(host)[Symbol.dispose]();
    expect([host.listenerCount('SIGINT'), host.listenerCount('SIGTERM')]).to.deep.equal([0, 0]);
  });
});
