// Registers new torrents at a supernode as planters do: sealed calls with plants and receipts, on lasting connections.

import { Agent, request as httpRequest } from 'node:http';
import { BENCODED_TYPE } from '../../shared/http/bencoded-body.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { registerAnswer, registerCall } from '../../shared/protocol/messages/directory-messages.ts';
import { MAX_PLANTS_PER_CALL } from '../../shared/protocol/messages/node-messages.ts';
import { NONCE_BYTES, openAnswer, sealCall } from '../../shared/protocol/records/envelope.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { PLANT_TTL_SECONDS, plantRecord } from '../../shared/protocol/records/statements.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { COPIES, receiptsFor } from './nodes.ts';
import { planterOf } from './planted.ts';

const PATH = '/v2/plant';
const CONNECTIONS = 8;

export interface Registrations {
  readonly plants: number;
  readonly seconds: number;
  readonly serverCpuSeconds: number;
}

interface Call {
  readonly body: Uint8Array;
  readonly nonce: string;
  readonly planter: Id;
}

/** Torrents that nobody has planted, registered one call after the other on each connection. */
export async function register(
  server: MeasuredProcess,
  supernode: Id,
  hashes: readonly InfoHash[],
): Promise<Registrations> {
  const calls: Call[] = [];
  for (let first = 0; first < hashes.length; first += MAX_PLANTS_PER_CALL) {
    calls.push(callFor(supernode, hashes.slice(first, first + MAX_PLANTS_PER_CALL), first));
  }
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const cpu = await server.cpuSeconds();
  const start = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++])
      await send(server.baseUrl, agent, supernode, call);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return { plants: hashes.length, seconds, serverCpuSeconds: (await server.cpuSeconds()) - cpu };
}

function callFor(supernode: Id, hashes: readonly InfoHash[], first: number): Call {
  const planter = planterOf(first / MAX_PLANTS_PER_CALL);
  const at = Date.now();
  const plants = hashes.map((infoHash) => {
    return plantRecord.sign({ infoHash, copies: COPIES, seq: at, ttlSeconds: PLANT_TTL_SECONDS }, planter).bytes;
  });
  const receipts = hashes.flatMap((infoHash, index) => receiptsFor(infoHash, first + index));
  const nonce = systemRandom.bytes(NONCE_BYTES).toString('hex');
  const body = sealCall(
    { to: supernode, path: PATH, at, nonce, body: registerCall.write({ plants, receipts }) },
    planter,
  );
  return { body, nonce, planter: planter.id };
}

/** Rejects unless every plant was taken. */
async function send(baseUrl: string, agent: Agent, supernode: Id, { body, nonce, planter }: Call): Promise<void> {
  const answer = await post(`${baseUrl}${PATH}`, agent, body);
  const { items } = registerAnswer.read(openAnswer(answer, { self: planter, from: supernode, nonce }));
  const refused = items.find(({ status }) => status !== 'planted');
  if (refused !== undefined) throw new Error(`a plant was refused: ${refused.code ?? refused.status}`);
}

function post(url: string, agent: Agent, body: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const headers = { 'Content-Type': BENCODED_TYPE, 'Content-Length': body.length };
  const request = httpRequest(url, { agent, method: 'POST', headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', reject);
    response.once('end', () => {
      if (response.statusCode === 200) resolve(Buffer.concat(chunks));
      else reject(new Error(`${response.statusCode}: ${Buffer.concat(chunks).toString()}`));
    });
  });
  request.once('error', reject);
  request.end(body);
  return promise;
}
