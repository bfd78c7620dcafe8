import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type KeyInput, pressAnyKey, watchCtrlC } from '../../../planter/wizard/keyboard.ts';

describe('planter/wizard/keyboard.ts', () => {
  let modes: boolean[];
  let input: EventEmitter & KeyInput;

  beforeEach(() => {
    modes = [];
    input = Object.assign(new EventEmitter(), {
      setRawMode: (isRaw: boolean) => modes.push(isRaw),
      resume: () => undefined,
      pause: () => undefined,
    });
  });

  it('hears Ctrl-C among other keys until it is let go, in raw mode', () => {
    let heard = 0;
    const release = watchCtrlC(input, () => heard++);
    input.emit('data', Buffer.from('abc'));
    input.emit('data', Buffer.from('x\x03'));
    release();
    input.emit('data', Buffer.from('\x03'));
    expect([heard, modes]).to.deep.equal([1, [true, false]]);
  });

  it('waits for any key', async () => {
    const pressed = pressAnyKey(input);
    input.emit('data', Buffer.from(' '));
    await pressed;
    expect([input.listenerCount('data'), modes]).to.deep.equal([0, [true, false]]);
  });
});
