import { expect } from 'chai';
import { createVoice, hashingText } from '../../planter/voice.ts';

describe('planter/voice.ts', () => {
  it('remembers the warnings that it gave', () => {
    const lines: string[] = [];
    const voice = createVoice((text) => lines.push(text));
    voice.step('one');
    voice.warn('two');
    expect(lines).to.deep.equal(['  one\n', '  warning: two\n']);
    expect(voice.warnings).to.deep.equal(['two']);
  });

  it('says how much is hashed', () => {
    const file = { file: '/a', path: ['a'], length: 1536, modifiedMs: 0 };
    expect(hashingText({ name: 'a', isFolder: false, files: [file], length: 1536 })).to.equal(
      'hashing 1 file, 1.5 KiB',
    );
  });
});
