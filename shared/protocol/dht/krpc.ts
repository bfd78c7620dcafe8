// Messages of the Mainline DHT (BEP 5): which datagrams are such messages, with every field of the kind and length that
// it must have. The package that runs the DHT believes what it reads: it loops on malformed bencoding, and throws on a
// field of another kind.

import { MAX_PORT } from '../addresses/endpoint.ts';
import { type Bencoded, type BencodedDictionary, type BencodeLimits, decode } from '../encoding/bencoding.ts';

/** Nodes send some hundred bytes; answers full of peers a little more than fits an Ethernet frame. Keys may be unsorted. */
const LIMITS: BencodeLimits = { maxBytes: 2048, maxDepth: 4, maxValues: 512, isCanonical: false };
const ID_BYTES = 20;
/** An id, an IPv4 address and a port. */
const NODE_BYTES = 26;
/** An IPv4 address and a port. */
const PEER_BYTES = 6;
/** Two by BEP 5; others are seen up to eight. */
const MAX_TRANSACTION_BYTES = 20;
const MAX_TOKEN_BYTES = 64;

/** Whether a datagram is a query of BEP 5, a response or an error. */
export function isKrpcMessage(datagram: Uint8Array): boolean {
  const message = readDictionary(datagram);
  if (message === undefined || !isBytes(message.t, 1, MAX_TRANSACTION_BYTES)) return false;
  switch (textOf(message.y)) {
    case 'q':
      return isQuery(textOf(message.q), message.a);
    case 'r':
      return isResponse(message.r);
    case 'e':
      return isError(message.e);
    default:
      return false;
  }
}

function readDictionary(datagram: Uint8Array): BencodedDictionary | undefined {
  try {
    const value = decode(datagram, LIMITS);
    return isDictionary(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Queries of other kinds (BEP 44, 51) are not answered. */
function isQuery(method: string | undefined, fields: Bencoded | undefined): boolean {
  if (!isDictionary(fields) || !isId(fields.id)) return false;
  if (method === 'ping') return true;
  if (method === 'find_node') return isId(fields.target);
  if (method === 'get_peers') return isId(fields.info_hash);
  return method === 'announce_peer' && isId(fields.info_hash) && isToken(fields.token) && namesPort(fields);
}

/** BEP 5: with `implied_port` the port that the query came from is meant. */
function namesPort({ port, implied_port: implied = 0 }: BencodedDictionary): boolean {
  if (typeof implied !== 'number') return false;
  return implied !== 0 || (typeof port === 'number' && port > 0 && port <= MAX_PORT);
}

function isResponse(fields: Bencoded | undefined): boolean {
  if (!isDictionary(fields) || !isId(fields.id)) return false;
  const { nodes, values, token } = fields;
  const areNodes = nodes === undefined || (nodes instanceof Uint8Array && nodes.length % NODE_BYTES === 0);
  const arePeers = values === undefined || (Array.isArray(values) && values.every((peer) => isBytes(peer, PEER_BYTES)));
  return areNodes && arePeers && (token === undefined || isToken(token));
}

function isError(error: Bencoded | undefined): boolean {
  return Array.isArray(error) && error.every((part) => typeof part === 'number' || part instanceof Uint8Array);
}

function isId(value: Bencoded | undefined): boolean {
  return isBytes(value, ID_BYTES);
}

function isToken(value: Bencoded | undefined): boolean {
  return isBytes(value, 1, MAX_TOKEN_BYTES);
}

function isBytes(value: Bencoded | undefined, min: number, max = min): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= min && value.length <= max;
}

function isDictionary(value: Bencoded | undefined): value is BencodedDictionary {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function textOf(value: Bencoded | undefined): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : undefined;
}
