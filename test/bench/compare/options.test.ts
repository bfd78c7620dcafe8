import { expect } from 'chai';
import { readOptions } from '../../../bench/compare/options.ts';
import { UsageError } from '../../../shared/errors.ts';

const names = (items: readonly { readonly name: string }[] | undefined) => items?.map((item) => item.name);

describe('bench/compare/options.ts', () => {
  it('measures everything by default', () => {
    const options = readOptions([]);
    expect(names(options?.contenders)).to.deep.equal([
      'anatomic',
      'anatomic-js',
      'opentracker-1',
      'opentracker',
      'bittorrent-tracker',
    ]);
    expect(names(options?.workloads)).to.include.members(['many', 'large']);
    expect(options?.modes).to.deep.equal(['udp', 'udp-connect', 'http', 'keep-alive']);
    expect(options).to.deep.include({ seconds: 5, runs: 3, writesDocs: false });
  });

  it('keeps, of each kind that --only names, only those', () => {
    const options = readOptions(['--only', 'anatomic,udp', '--only', 'http']);
    expect(names(options?.contenders)).to.deep.equal(['anatomic']);
    expect(options?.modes).to.deep.equal(['udp', 'http']);
    expect(names(options?.workloads)).to.include.members(['many', 'large']);
  });

  it('binds to cores unless told not to', () => {
    expect(readOptions(['--no-pin'])?.isPinned).to.equal(false);
  });

  it('refuses unknown names, unknown flags and numbers out of range', () => {
    const wrong = [['--only', 'nobody'], ['--nothing'], ['--runs', '0'], ['--seconds', '1.5'], ['--in-flight', '251']];
    for (const argv of wrong) expect(() => readOptions(argv), argv.join(' ')).to.throw(UsageError);
  });

  it('returns nothing when asked for help', () => {
    expect(readOptions(['--help'])).to.equal(undefined);
  });
});
