// Bad variants of a good bencoded dictionary, for proving that a reader refuses or reads but never crashes.

import { expect } from 'chai';
import { PublicError } from '../../shared/errors.ts';
import { type Bencodable, decode, encode } from '../../shared/protocol/encoding/bencoding.ts';
import { readDictionary } from '../../shared/protocol/encoding/fields.ts';
import type { Codec } from '../../shared/protocol/records/codec.ts';

const WRONG_VALUES: readonly (Bencodable | undefined)[] = [
  undefined,
  -1,
  2 ** 53 - 1,
  '',
  'x',
  Buffer.alloc(4000, 0xff),
  [],
  [0],
  [''],
  [{}],
  {},
];

/** Every cut of the bytes, and the dictionary with each member replaced by values of every kind. */
export function* hostileVariants(good: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < good.length; length++) yield good.subarray(0, length);
  const fields = readDictionary(decode(good), 'message');
  for (const key of Object.keys(fields)) {
    for (const wrong of WRONG_VALUES) yield encode({ ...fields, [key]: wrong });
  }
}

/** Fails unless the message is spelt so, reads as it was written, and crashes nobody when it is bent. */
export function expectMessage<T>(codec: Codec<T>, value: T, text: string): void {
  const bytes = codec.write(value);
  expect(bytes.toString('latin1')).to.equal(text);
  expect(codec.read(bytes)).to.deep.equal(value);
  expectNoCrash((variant) => codec.read(variant), hostileVariants(bytes));
}

/** Fails unless `read` gives a value or throws PublicError for each variant. */
export function expectNoCrash(read: (bytes: Uint8Array) => unknown, variants: Iterable<Uint8Array>): void {
  for (const variant of variants) {
    try {
      read(variant);
    } catch (error) {
      expect(error, Buffer.from(variant).toString('latin1')).to.be.instanceOf(PublicError);
    }
  }
}

/** Fails unless `act` throws a PublicError of this code. */
export function expectRefusal(act: () => unknown, code: string): void {
  expect(act).to.throw(PublicError).with.property('code', code);
}
