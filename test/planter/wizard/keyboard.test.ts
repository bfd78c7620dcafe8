import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { watchCtrlC } from '../../../planter/wizard/keyboard.ts';

describe('planter/wizard/keyboard.ts', () => {
  it('hears Ctrl-C among other keys until it is let go, in raw mode', () => {
    const modes: boolean[] = [];
    const input = Object.assign(new EventEmitter(), {
      setRawMode: (isRaw: boolean) => modes.push(isRaw),
      resume: () => undefined,
      pause: () => undefined,
    });
    let heard = 0;
    const release = watchCtrlC(input, () => heard++);
    input.emit('data', Buffer.from('abc'));
    input.emit('data', Buffer.from('x\x03'));
    release();
    input.emit('data', Buffer.from('\x03'));
    expect([heard, modes]).to.deep.equal([1, [true, false]]);
  });
});
