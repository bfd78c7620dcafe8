import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { UsageError } from '../../../shared/errors.ts';
import { OperatorNetworks, OperatorTokens, tokenLines } from '../../../shared/http/operators.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';

function requestOf(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

const SECRET = '0123456789abcdef';

describe('shared/http/operators.ts', () => {
  describe('tokens', () => {
    const tokens = new OperatorTokens([
      `read:${SECRET}`,
      'all:another-secret-of-mine',
      'access+peers:a:secret:with:colons',
    ]);
    const scopesOf = (authorization: string): string[] | undefined => {
      const operator = tokens.find(requestOf('192.0.2.1', { authorization }));
      return operator === undefined ? undefined : [...operator.scopes];
    };

    it('give the scopes that stand before the secret', () => {
      expect(scopesOf(`Bearer ${SECRET}`)).to.deep.equal(['read']);
      expect(scopesOf('bearer  another-secret-of-mine')).to.deep.equal(['read', 'access', 'peers', 'lifecycle']);
      expect(scopesOf('Bearer a:secret:with:colons')).to.deep.equal(['access', 'peers']);
    });

    for (const authorization of [
      '',
      'Bearer',
      `Basic ${SECRET}`,
      `Bearer ${SECRET}0`,
      `Bearer read:${SECRET}`,
      SECRET,
    ]) {
      it(`are not found in ${JSON.stringify(authorization)}`, () => {
        expect(scopesOf(authorization)).to.equal(undefined);
      });
    }

    it('have names that tell nothing of the secret', () => {
      const { name } = tokens.find(requestOf('192.0.2.1', { authorization: `Bearer ${SECRET}` }))!;
      expect(name).to.equal('9f9f5111');
    });

    for (const text of [
      SECRET,
      `:${SECRET}`,
      `write:${SECRET}`,
      `read+:${SECRET}`,
      `read+write:${SECRET}`,
      'read:short',
      `read:${SECRET} x`,
    ]) {
      it(`are not made of ${JSON.stringify(text)}, which no error repeats`, () => {
        expect(() => new OperatorTokens([text]))
          .to.throw(UsageError)
          .with.property('message')
          .that.does.not.include(text);
      });
    }

    it('stand one per line in a file, with comments', () => {
      expect(tokenLines(`# mine\n\nread:${SECRET}  # for Prometheus\r\n  all:se#cret \n`)).to.deep.equal([
        `read:${SECRET}`,
        'all:se#cret',
      ]);
    });
  });

  describe('networks', () => {
    const networks = new OperatorNetworks(['10.1.0.0/16'], new NetworkSet(['10.9.9.9']));

    for (const [address, isNear] of [
      ['127.0.0.1', true],
      ['127.8.8.8', true],
      ['::1', true],
      ['::ffff:127.0.0.1', true],
      ['10.1.2.3', true],
      ['10.2.2.3', false],
      ['192.0.2.1', false],
      ['', false],
    ] as const) {
      it(`${isNear ? 'have' : 'do not have'} ${JSON.stringify(address)}`, () => {
        expect(networks.has(requestOf(address))).to.equal(isNear);
      });
    }

    it('believe a trusted proxy, and nobody behind another one', () => {
      const forwarded = { 'x-forwarded-for': '10.1.0.1' };
      expect(networks.has(requestOf('10.9.9.9', forwarded))).to.equal(true);
      expect(networks.has(requestOf('10.9.9.9', { 'x-forwarded-for': '192.0.2.1' }))).to.equal(false);
      expect(networks.has(requestOf('127.0.0.1', forwarded))).to.equal(false);
      expect(networks.has(requestOf('127.0.0.1', { forwarded: 'for=192.0.2.1' }))).to.equal(false);
    });
  });
});
