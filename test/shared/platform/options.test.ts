import { expect } from 'chai';
import { UsageError } from '../../../shared/errors.ts';
import {
  type ConfigOf,
  configDocument,
  defineOptions,
  type OptionInput,
  parseOptions,
} from '../../../shared/platform/options.ts';

const TABLE = defineOptions({
  command: 'anatomic test',
  summary: 'Runs a test.',
  positionals: { name: 'FILE', min: 0, max: 2 },
  options: {
    httpPort: { kind: 'port', default: 6969, group: 'Network', help: 'TCP port; 0 takes a free one.' },
    publicUrl: { kind: 'url', group: 'Network', help: 'Where the world reaches it.' },
    supernode: { kind: 'url', isRepeatable: true, group: 'Network', help: 'A supernode to join.' },
    ratio: { kind: 'integer', isRepeatable: true, default: [1, 2], help: 'Ratios.' },
    mode: { kind: 'choice', choices: ['open', 'planted'], default: 'planted', help: 'Which torrents are tracked.' },
    probeInterval: { kind: 'duration', default: '5s', help: 'Time between probes.' },
    cache: { kind: 'size', help: 'Memory for answers.' },
    token: { kind: 'text', isSecret: true, help: 'Opens the door.' },
    pin: { kind: 'integer', isSecret: true, help: 'Opens the other door.' },
    isLenient: { kind: 'boolean', help: 'Takes old ids.' },
    compress: { kind: 'boolean', default: true, help: 'Compresses.' },
  },
});

const DEFAULTS: ConfigOf<typeof TABLE> = {
  httpPort: 6969,
  publicUrl: undefined,
  supernode: [],
  ratio: [1, 2],
  mode: 'planted',
  probeIntervalMs: 5000,
  cacheBytes: undefined,
  token: undefined,
  pin: undefined,
  isLenient: false,
  compress: true,
};

interface Sources {
  readonly env?: OptionInput['env'];
  /** Text of the file 'a.toml'. */
  readonly file?: string;
}

const parse = (argv: readonly string[], { env = {}, file }: Sources = {}) =>
  parseOptions(TABLE, {
    argv,
    env,
    readFile: (name) => {
      if (name !== 'a.toml' || file === undefined) throw Object.assign(new Error(name), { code: 'ENOENT' });
      return file;
    },
  });

function configOf(argv: readonly string[], sources?: Sources): ConfigOf<typeof TABLE> {
  const parsed = parse(argv, sources);
  if (parsed.kind !== 'config') throw new Error(`expected a configuration, got ${parsed.kind}`);
  return parsed.config;
}

function textOf(argv: readonly string[], sources?: Sources): string {
  const parsed = parse(argv, sources);
  if (parsed.kind === 'config') throw new Error('expected a text, got a configuration');
  return parsed.text;
}

const fromFile = (file: string) => configOf(['--config', 'a.toml'], { file });

describe('shared/platform/options.ts', () => {
  it('gives the defaults; a list without one is empty, a boolean false, anything else undefined', () => {
    expect(configOf([])).to.deep.equal(DEFAULTS);
  });

  it('lets a file win over defaults, the environment over a file, and a flag over all', () => {
    const env = { ANATOMIC_HTTP_PORT: '2', ANATOMIC_CONFIG: 'a.toml' };
    const file = 'http-port = 1';
    expect(configOf(['--config', 'a.toml'], { file }).httpPort).to.equal(1);
    expect(configOf([], { env, file }).httpPort).to.equal(2);
    expect(configOf(['--http-port', '3'], { env, file }).httpPort).to.equal(3);
  });

  describe('flags', () => {
    it('takes a value after a space or an equals sign; the last one counts', () => {
      expect(configOf(['--http-port', '80']).httpPort).to.equal(80);
      expect(configOf(['--http-port=81', '--http-port=82']).httpPort).to.equal(82);
    });

    it('collects a repeated option, in place of its default', () => {
      expect(configOf(['--ratio', '3', '--ratio=4']).ratio).to.deep.equal([3, 4]);
    });

    it('sets and unsets booleans', () => {
      const { isLenient, compress } = configOf(['--is-lenient', '--no-compress']);
      expect({ isLenient, compress }).to.deep.equal({ isLenient: true, compress: false });
      expect(configOf(['--compress=false', '--is-lenient=yes'])).to.include({ compress: false, isLenient: true });
    });

    it('collects positionals, and takes everything after -- for one', () => {
      expect(parse(['a', '--mode', 'open', 'b'])).to.have.deep.property('positionals', ['a', 'b']);
      expect(parse(['--', '--mode', '-h'])).to.have.deep.property('positionals', ['--mode', '-h']);
    });

    for (const [argv, message] of [
      [['--htpp-port', '1'], 'unknown option --htpp-port; did you mean --http-port?'],
      [['--zebra'], 'unknown option --zebra'],
      [['-x'], 'unknown option -x'],
      [['-token'], 'unknown option -t'],
      [['--no-mode'], 'unknown option --no-mode'],
      [['--constructor'], 'unknown option --constructor'],
      [['--http-port'], '--http-port needs a value'],
      [['--http-port', '--mode', 'open'], '--http-port needs a value'],
      [['--no-compress=yes'], '--no-compress takes no value'],
      [['--http-port=65536'], '--http-port: expected a port from 0 to 65535, got "65536"'],
      [['--http-port='], '--http-port: expected a port from 0 to 65535, got ""'],
      [['--mode', 'closed'], '--mode: expected one of open, planted, got "closed"'],
      [['--pin', 'hunter2'], '--pin: expected a whole number of at least 0, got something else'],
      [['a', 'b', 'c'], 'unexpected argument "c"'],
    ] as const) {
      it(`refuses ${argv.join(' ')}`, () => {
        expect(() => parse(argv)).to.throw(UsageError, message);
      });
    }

    it('refuses too few and, by default, any positionals', () => {
      const input = { env: {}, readFile: () => '' };
      const strict = { command: '', summary: '', options: {} };
      expect(() => parseOptions(strict, { ...input, argv: ['a'] })).to.throw(UsageError, 'unexpected argument "a"');
      const needy = { ...strict, positionals: { name: 'FILE', min: 1, max: 9 } };
      expect(() => parseOptions(needy, { ...input, argv: [] })).to.throw(UsageError, 'FILE is missing');
    });
  });

  describe('environment', () => {
    it('reads every kind, lists separated by commas or spaces', () => {
      const env = {
        ANATOMIC_SUPERNODE: ' http://a, http://b  http://c,',
        ANATOMIC_PROBE_INTERVAL: '2m',
        ANATOMIC_COMPRESS: 'no',
      };
      const { supernode, probeIntervalMs, compress } = configOf([], { env });
      expect({ supernode, probeIntervalMs, compress }).to.deep.equal({
        supernode: ['http://a', 'http://b', 'http://c'],
        probeIntervalMs: 120_000,
        compress: false,
      });
    });

    it('takes an empty variable for none, and leaves variables of others alone', () => {
      expect(configOf([], { env: { ANATOMIC_HTTP_PORT: '', ANATOMIC_CONFIG: '', ANATOMIC_OTHER: 'x' } })).to.deep.equal(
        DEFAULTS,
      );
    });

    it('names the variable of a wrong value', () => {
      expect(() => parse([], { env: { ANATOMIC_RATIO: '1,x' } })).to.throw(
        UsageError,
        'ANATOMIC_RATIO: expected a whole number of at least 0, got "x"',
      );
    });
  });

  describe('file', () => {
    it('reads every kind', () => {
      const file = `
        http-port = 80
        supernode = ["http://a"]
        ratio = []
        mode = "open"
        probe-interval = "1h"
        cache = "1KiB"
        is-lenient = true
      `;
      expect(fromFile(file)).to.deep.equal({
        ...DEFAULTS,
        httpPort: 80,
        supernode: ['http://a'],
        ratio: [],
        mode: 'open',
        probeIntervalMs: 3_600_000,
        cacheBytes: 1024,
        isLenient: true,
      });
    });

    for (const [file, message] of [
      ['http-prot = 1', 'unknown key in a.toml: http-prot; did you mean http-port?'],
      ['httpPort = 1', 'unknown key in a.toml: httpPort; did you mean http-port?'],
      ['[network]\nhttp-port = 1', 'unknown key in a.toml: network'],
      ['__proto__ = 1', 'unknown key in a.toml: __proto__'],
      ['http-port = "80"', 'http-port in a.toml: expected a port from 0 to 65535, got "80"'],
      ['http-port = 1.5', 'http-port in a.toml: expected a port from 0 to 65535, got "1.5"'],
      ['mode = true', 'mode in a.toml: expected one of open, planted, got true'],
      ['supernode = "http://a"', 'supernode in a.toml: expected a list, got "http://a"'],
      ['supernode = [1]', 'supernode in a.toml: expected a URL'],
      ['token = 12345', 'token in a.toml: expected a text, got something else'],
      ['http-port = 80\nmode = ', 'a.toml, line 2: not TOML (column 8): '],
      ['http-port = 80\nhttp-port = 81', 'a.toml, line 2: not TOML (column 1): trying to redefine'],
    ] as const) {
      it(`refuses ${JSON.stringify(file)}`, () => {
        expect(() => fromFile(file)).to.throw(UsageError, message);
      });
    }

    it('names a file that cannot be read', () => {
      expect(() => parse(['--config', 'b.toml'])).to.throw(UsageError, 'cannot read b.toml: no such file or folder');
    });
  });

  describe('--print-config', () => {
    it('prints what a file can be fed with for the same configuration', () => {
      const argv = ['--http-port', '1', '--supernode', 'http://a/"b\\', '--cache=3KiB', '--no-compress'];
      const file = textOf([...argv, '--print-config']);
      expect(fromFile(file)).to.deep.equal(configOf(argv));
      expect(textOf(['--print-config', '--config', 'a.toml'], { file })).to.equal(file);
    });

    it('never prints a secret', () => {
      const text = textOf(['--print-config', '--token', 'hunter2']);
      expect(text).to.include('# token is set and not printed').and.not.include('hunter2');
    });

    it('explains each option and shows those without a value', () => {
      const text = textOf(['--print-config']);
      expect(text).to.include('# Network\n\n# TCP port; 0 takes a free one.\nhttp-port = 6969\n');
      expect(text).to.include('# Where the world reaches it.\n# public-url =\n');
    });
  });

  describe('the document', () => {
    it('has what a file would say, as values, and of secrets only that they are there', () => {
      const document = configDocument(TABLE, configOf(['--http-port', '1', '--cache=3KiB', '--token', 'hunter2']));
      expect(document).to.include({ 'http-port': 1, cache: '3KiB', token: true });
      expect(configDocument(TABLE, configOf([]))).not.to.have.any.keys('token', 'public-url', 'supernode');
    });
  });

  describe('--help', () => {
    it('comes before everything, wrong flags included', () => {
      expect(parse(['--nonsense', '--help'])).to.have.property('kind', 'help');
      expect(parse(['-h'])).to.have.property('kind', 'help');
    });

    it('is what the table says, within 80 columns', () => {
      const text = textOf(['--help']);
      expect(text).to.match(/^Usage: anatomic test \[OPTIONS\] FILE\.\.\.\n\nRuns a test\.\n\nNetwork:\n/);
      expect(text).to.include(
        '  --http-port PORT          TCP port; 0 takes a free one. (default: 6969;\n                            ANATOMIC_HTTP_PORT)\n',
      );
      expect(text)
        .to.include('  --mode open|planted ')
        .and.include('  --[no-]compress ')
        .and.include('  --is-lenient ');
      expect(text).to.include('(may be repeated; default: 1, 2;');
      for (const line of text.split('\n')) expect(line.length).to.be.at.most(80);
    });
  });

  it('refuses a default that its own kind refuses', () => {
    const table = {
      command: '',
      summary: '',
      options: { wait: { kind: 'duration', default: 'soon', help: '' } },
    } as const;
    expect(() => parseOptions(table, { argv: [], env: {} })).to.throw('default of wait: expected a time');
  });
});
