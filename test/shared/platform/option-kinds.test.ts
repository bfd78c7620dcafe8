import { expect } from 'chai';
import { kindOf, type OptionSpec, type Scalar } from '../../../shared/platform/option-kinds.ts';

const help = '';
const url: OptionSpec = { kind: 'url', help };
const integer: OptionSpec = { kind: 'integer', min: -5, max: 100, help };
const port: OptionSpec = { kind: 'port', help };
const duration: OptionSpec = { kind: 'duration', min: '100ms', max: '1d', help };
const size: OptionSpec = { kind: 'size', help };
const choice: OptionSpec = { kind: 'choice', choices: ['open', 'planted'], help };
const cidr: OptionSpec = { kind: 'cidr', help };
const boolean: OptionSpec = { kind: 'boolean', help };

const VALID: readonly (readonly [OptionSpec, string, Scalar])[] = [
  [{ kind: 'text', help }, 'any thing', 'any thing'],
  [{ kind: 'path', help }, './data/node', './data/node'],
  [url, 'http://127.0.0.1:6970', 'http://127.0.0.1:6970'],
  [url, 'https://tracker.example/base/', 'https://tracker.example/base'],
  [{ kind: 'url', protocols: ['udp:'], help }, 'udp://tracker.example:80', 'udp://tracker.example:80'],
  [integer, '-5', -5],
  [integer, '100', 100],
  [{ kind: 'integer', help }, '9007199254740991', Number.MAX_SAFE_INTEGER],
  [port, '0', 0],
  [port, '65535', 65535],
  [duration, '100ms', 100],
  [duration, '5s', 5000],
  [duration, '1.5m', 90_000],
  [duration, '2h', 7_200_000],
  [duration, '1d', 86_400_000],
  [size, '512B', 512],
  [size, '64KiB', 65_536],
  [size, '16 MiB', 16_777_216],
  [size, '1GiB', 1_073_741_824],
  [choice, 'open', 'open'],
  [cidr, '10.0.0.0/8', '10.0.0.0/8'],
  [cidr, 'fd00::/8', 'fd00::/8'],
  [boolean, 'true', true],
  [boolean, 'YES', true],
  [boolean, '0', false],
];

const INVALID: readonly (readonly [OptionSpec, string])[] = [
  [{ kind: 'text', help }, ''],
  [{ kind: 'path', help }, ''],
  [url, 'tracker.example'],
  [url, 'udp://tracker.example'],
  [url, 'file:///etc/passwd'],
  [url, 'http://user@tracker.example'],
  [url, 'http://:secret@tracker.example'],
  [integer, '-6'],
  [integer, '101'],
  [integer, '1.5'],
  [integer, '1e1'],
  [integer, ' 1'],
  [integer, ''],
  [{ kind: 'integer', help }, '-1'],
  [{ kind: 'integer', help }, '9007199254740993'],
  [port, '65536'],
  [port, '-1'],
  [port, '0x50'],
  [duration, '5'],
  [duration, '99ms'],
  [duration, '25h'],
  [duration, '5 parsecs'],
  [duration, '-5s'],
  [duration, 's'],
  [duration, '5constructor'],
  [size, '16'],
  [size, '16MB'],
  [choice, 'Open'],
  [choice, ''],
  [cidr, '10.0.0.0/33'],
  [cidr, 'localhost'],
  [boolean, 'maybe'],
  [boolean, ''],
];

describe('shared/platform/option-kinds.ts', () => {
  for (const [spec, text, value] of VALID) {
    it(`reads ${spec.kind} '${text}'`, () => {
      expect(kindOf(spec).parse(text, spec)).to.equal(value);
    });
  }

  for (const [spec, text] of INVALID) {
    it(`refuses ${spec.kind} '${text}'`, () => {
      expect(kindOf(spec).parse(text, spec)).to.equal(undefined);
    });
  }

  for (const text of ['0ms', '1500ms', '5s', '90s', '2h', '3d']) {
    it(`writes the duration ${text} back`, () => {
      const spec: OptionSpec = { kind: 'duration', help };
      expect(kindOf(spec).format?.(kindOf(spec).parse(text, spec)!)).to.equal(text);
    });
  }

  for (const [spec, expectation] of [
    [integer, 'a whole number from -5 to 100'],
    [{ kind: 'integer', help }, 'a whole number of at least 0'],
    [duration, 'a time such as 500ms, 5s, 10m, 2h or 1d, from 100ms to 1d'],
    [{ kind: 'size', max: '1GiB', help }, 'a size such as 512B, 64KiB, 16MiB or 1GiB, of at most 1GiB'],
    [choice, 'one of open, planted'],
  ] as const satisfies readonly (readonly [OptionSpec, string])[]) {
    it(`expects ${expectation}`, () => {
      expect(kindOf(spec).expects(spec)).to.equal(expectation);
    });
  }
});
