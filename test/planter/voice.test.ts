import { expect } from 'chai';
import { createHashingVoice, createVoice, isTerminal } from '../../planter/voice.ts';

describe('planter/voice.ts', () => {
  it('remembers the warnings that it gave', () => {
    const lines: string[] = [];
    const voice = createVoice((text) => lines.push(text));
    voice.step('one');
    voice.warn('two');
    expect(lines).to.deep.equal(['  one\n', '  warning: two\n']);
    expect(voice.warnings).to.deep.equal(['two']);
  });

  it('says how much is hashed, and on a terminal how far it is', () => {
    const file = { file: '/a', path: ['a'], length: 1536, modifiedMs: 0 };
    const content = { name: 'a', isFolder: false, files: [file], length: 1536 };
    for (const isTalkSeen of [false, true]) {
      let text = '';
      const talk = (said: string): void => {
        text += said;
      };
      const { hashing, hashed } = createHashingVoice({ clock: { now: () => 0 }, talk, isTalkSeen }, '  ');
      hashing(content);
      hashed(768);
      hashed(1536);
      const bars = `\r\x1b[2K  ${'█'.repeat(10)}${'░'.repeat(10)} 50 %\r\x1b[2K  ${'█'.repeat(20)} 100 %\n`;
      expect(text).to.equal(`  hashing 1 file, 1.5 KiB\n${isTalkSeen ? bars : ''}`);
    }
  });

  it('takes no terminal that calls itself dumb for one', () => {
    expect(isTerminal({ isTTY: true }, {})).to.equal(true);
    expect(isTerminal({ isTTY: true }, { TERM: 'dumb' })).to.equal(false);
    expect(isTerminal({}, { TERM: 'xterm' })).to.equal(false);
  });
});
