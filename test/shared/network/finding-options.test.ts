import { expect } from 'chai';
import { UsageError } from '../../../shared/errors.ts';
import { findingOptions, readDhtWish } from '../../../shared/network/finding-options.ts';
import { defineOptions, parseOptions } from '../../../shared/platform/options.ts';

const OPTIONS = defineOptions({ command: '', summary: '', options: findingOptions('Network', 'A supernode.') });
const BEGIN = 'router.example:6881';

describe('shared/network/finding-options.ts', () => {
  it('leaves the DHT alone unless it is asked for', () => {
    expect(readDhtWish(read())).to.equal(undefined);
    expect(readDhtWish(read('--dht-bootstrap', BEGIN))).to.equal(undefined);
  });

  it('begins with the public nodes of the DHT, or those that are named', () => {
    expect(readDhtWish(read('--dht', '--allow-network', '10.0.0.0/8'))).to.deep.equal({
      port: 0,
      host: undefined,
      bootstrap: undefined,
      allowNetworks: ['10.0.0.0/8'],
    });
    expect(readDhtWish(read('--dht', '--dht-port', '6881', '--dht-bootstrap', BEGIN))).to.deep.include({
      port: 6881,
      bootstrap: [{ host: 'router.example', port: 6881 }],
    });
  });

  it('listens where the service does, unless that is IPv6', () => {
    expect(readDhtWish(read('--dht'), '192.0.2.1')?.host).to.equal('192.0.2.1');
    expect(readDhtWish(read('--dht'), '2001:db8::1')?.host).to.equal(undefined);
  });

  for (const text of [
    'router.example',
    ':6881',
    'router.example:',
    'router.example:0',
    'a:65536',
    '[::1]:6881',
    'a b:1',
  ]) {
    it(`refuses to begin with '${text}'`, () => {
      expect(() => readDhtWish(read('--dht-bootstrap', text))).to.throw(UsageError, `--dht-bootstrap ${text}: `);
    });
  }

  for (const text of ['not a domain', 'example..org', '.', 'http://example.org', `${'a'.repeat(64)}.org`]) {
    it(`refuses the domain '${text}'`, () => {
      expect(() => readDhtWish(read('--network', text))).to.throw(UsageError, `--network ${text}: expected a domain`);
    });
  }

  it('takes names of one label or many, of any alphabet', () => {
    for (const text of ['lan', 'a-b.example.org', '_x.example', 'bücher.example', 'EXAMPLE.ORG']) {
      expect(readDhtWish(read('--network', text))).to.equal(undefined);
    }
  });

  function read(...argv: string[]) {
    const parsed = parseOptions(OPTIONS, { argv, env: {} });
    if (parsed.kind !== 'config') throw new Error('not a configuration');
    return parsed.config;
  }
});
