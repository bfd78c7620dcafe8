import { expect } from 'chai';
import { UsageError } from '../../../shared/errors.ts';
import { readCommand } from '../../../shared/platform/command.ts';
import { defineOptions } from '../../../shared/platform/options.ts';

const OPTIONS = defineOptions({
  command: 'anatomic test',
  summary: 'Tests.',
  positionals: { name: 'FILE', min: 0, max: 1 },
  options: { copies: { kind: 'integer', default: 3, help: 'Copies.' } },
});

describe('shared/platform/command.ts', () => {
  let printed: string;

  beforeEach(() => {
    printed = '';
  });

  it('reads what the user set', () => {
    const command = read(['a'], { ANATOMIC_COPIES: '2' });
    expect([command?.config.copies, command?.positionals, printed]).to.deep.equal([2, ['a'], '']);
  });

  for (const [flag, text] of [
    ['--help', 'Usage: anatomic test'],
    ['--print-config', 'copies = 3'],
  ] as const) {
    it(`prints what ${flag} asks for, and leaves nothing to do`, () => {
      expect(read([flag])).to.equal(undefined);
      expect(printed).to.include(text);
    });
  }

  it('refuses what is wrong, and prints nothing', () => {
    expect(() => read(['--copies', 'x'])).to.throw(UsageError);
    expect(printed).to.equal('');
  });

  function read(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const out = (text: string): void => {
      printed += text;
    };
    return readCommand(OPTIONS, { argv, environment, out });
  }
});
