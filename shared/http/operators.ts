// Who is an operator: somebody who calls from this machine or from a network that was named, or who knows a token.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { UsageError } from '../errors.ts';
import { NetworkSet } from '../protocol/addresses/networks.ts';
import { clientAddress, headerText } from './client-address.ts';

/** What a token allows: to look, to change lists and bans, to forget other nodes' peers, to drain. */
export const SCOPES = ['read', 'access', 'peers', 'lifecycle'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Operator {
  /** The first digits of the token's hash: who did what, without the secret. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

interface Token extends Operator {
  readonly digest: Buffer;
}

/** What can be guessed is no secret: 16 characters of a random text are 80 bits and more. */
export const MIN_TOKEN_CHARACTERS = 16;
const FORM = /^([a-z]+(?:\+[a-z]+)*):([\x21-\x7e]+)$/;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const NAME_DIGITS = 8;
const LOOPBACK = ['127.0.0.0/8', '::1'];

/** Tokens as an operator writes them: 'read+lifecycle:SECRET', or 'all:SECRET'. */
export class OperatorTokens {
  #tokens: readonly Token[];

  /** Throws a UsageError that does not repeat the secret. */
  constructor(texts: readonly string[]) {
    this.#tokens = texts.map(parseToken);
  }

  /** From now on these; throws as the constructor does, and leaves those that are. */
  replace(texts: readonly string[]): void {
    this.#tokens = texts.map(parseToken);
  }

  /** Whose token the request carries (RFC 6750); all are compared, in a time that tells nothing about them. */
  find(request: IncomingMessage): Operator | undefined {
    const [, secret] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (secret === undefined) return undefined;
    const digest = digestOf(secret);
    let found: Operator | undefined;
    for (const token of this.#tokens) if (timingSafeEqual(token.digest, digest)) found = token;
    return found;
  }
}

/** The tokens in the text of a file: one per line, `#` begins a comment. */
export function tokenLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*/, '').trim())
    .filter((line) => line !== '');
}

/** Addresses from which operators call: this machine, and networks that were named. */
export class OperatorNetworks {
  readonly #networks: NetworkSet;
  readonly #trustedProxies: NetworkSet;

  constructor(networks: readonly string[], trustedProxies: NetworkSet) {
    this.#networks = new NetworkSet([...LOOPBACK, ...networks]);
    this.#trustedProxies = trustedProxies;
  }

  /** A proxy that nobody declared as trusted hides who asks, so what comes through it comes from nowhere near. */
  has(request: IncomingMessage): boolean {
    const nearest = request.socket.remoteAddress ?? '';
    const forwardedFor = request.headers['x-forwarded-for'];
    const isForwarded = forwardedFor !== undefined || request.headers.forwarded !== undefined;
    if (isForwarded && !this.#trustedProxies.has(nearest)) return false;
    return this.#networks.has(clientAddress(nearest, headerText(forwardedFor), this.#trustedProxies));
  }
}

function parseToken(text: string): Token {
  const [, names = '', secret = ''] = FORM.exec(text) ?? [];
  const scopes = names === 'all' ? [...SCOPES] : names.split('+').filter(isScope);
  if (scopes.length === 0 || (names !== 'all' && scopes.length !== names.split('+').length)) {
    throw new UsageError(`a token is SCOPES:SECRET, with scopes of ${SCOPES.join(', ')} joined by +, or all`);
  }
  if (secret.length < MIN_TOKEN_CHARACTERS) {
    throw new UsageError(`the secret of a token has at least ${MIN_TOKEN_CHARACTERS} characters`);
  }
  const digest = digestOf(secret);
  return { digest, name: digest.toString('hex').slice(0, NAME_DIGITS), scopes: new Set(scopes) };
}

function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
