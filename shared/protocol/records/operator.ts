// Whose nodes are whose: a node names its operator, and shows that the operator agrees. So nodes that fail together, or
// lie together, are not taken for independent ones.

import { verify } from 'node:crypto';
import { PublicError } from '../../errors.ts';
import { publicKeyFromBytes } from './public-key.ts';
import type { Id, Signer } from './record.ts';

export const OPERATOR_SIGNATURE_BYTES = 64;

/** The operator of a node, as the node's record names it. */
export interface Operator {
  /** 64 hex digits: the operator's public key. */
  readonly id: Id;
  /** 128 hex digits: the operator's signature over `"anatomic/2 operator\n"` and the 32 bytes of the node's id. */
  readonly signature: string;
}

/** What an operator hands to a node of its own. */
export function appoint(node: Id, operator: Signer): Operator {
  return { id: operator.id, signature: Buffer.from(operator.sign(signedBytes(node))).toString('hex') };
}

/** Throws PublicError 'operator' when the operator did not sign for this node. */
export function checkOperator(node: Id, { id, signature }: Operator): void {
  const key = publicKeyFromBytes(Buffer.from(id, 'hex'));
  if (verify(null, signedBytes(node), key, Buffer.from(signature, 'hex'))) return;
  throw new PublicError('operator', 'the operator named in the record did not sign for this node');
}

function signedBytes(node: Id): Buffer {
  return Buffer.concat([Buffer.from('anatomic/2 operator\n'), Buffer.from(node, 'hex')]);
}
