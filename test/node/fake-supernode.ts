// A supernode on a real port that signs what it says and accepts whom the test lets it accept.

import express from 'express';
import { readBencodedBody, sendBencoded } from '../../shared/http/bencoded-body.ts';
import { handleErrors } from '../../shared/http/error-handler.ts';
import { createLog } from '../../shared/platform/log.ts';
import { type JoinAnswer, joinAnswer, joinCall } from '../../shared/protocol/messages/directory-messages.ts';
import { pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import { openCall, sealAnswer } from '../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../shared/protocol/records/nonce-memory.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { type NodeStatement, nodeRecord, supernodeRecord } from '../../shared/protocol/records/statements.ts';
import { serveOnLoopback } from '../helpers/bound-server.ts';

export interface FakeSupernode {
  readonly url: string;
  /** What the next joins are answered with. */
  answer: JoinAnswer;
  /** Who answers. */
  signer: Signer;
  /** What the nodes that joined say of themselves, one entry per call. */
  readonly joins: { readonly author: string; readonly statement: NodeStatement }[];
  /** Called, and waited for, before a join is answered. */
  onJoin: (statement: NodeStatement) => Promise<void>;
  /** Its record about itself. */
  record(): Uint8Array;
  close(): Promise<void>;
}

export const ACCEPTED: JoinAnswer = { status: 'accepted', retrySeconds: 300, supernodes: [] };

export async function startFakeSupernode(signer: Signer, port = 0): Promise<FakeSupernode> {
  const app = express();
  const nonces = new NonceMemory();
  const server = await serveOnLoopback(app, port);
  const fake: FakeSupernode = {
    url: server.url,
    answer: ACCEPTED,
    signer,
    joins: [],
    onJoin: async () => {},
    record: () => {
      const statement = { urls: [server.url], state: 'open', software: 'test', ttlSeconds: 3600 } as const;
      return supernodeRecord.sign({ ...statement, seq: Date.now() }, fake.signer).bytes;
    },
    close: () => server.close(),
  };
  app.get('/v2/ping', (request, response) => {
    const challenge = String(request.query.challenge);
    const pong = { challenge, record: fake.record(), load: 0, uptimeSeconds: 0 };
    sendBencoded(response, pongRecord.sign(pong, fake.signer).bytes);
  });
  app.post('/v2/join', readBencodedBody(), async (request, response) => {
    const now = Date.now();
    const call = openCall(request.body, { self: fake.signer.id, path: '/v2/join', now, nonces });
    const { value } = nodeRecord.open(joinCall.read(call.body).record, now);
    fake.joins.push({ author: call.author, statement: value });
    await fake.onJoin(value);
    const body = joinAnswer.write(fake.answer);
    sendBencoded(response, sealAnswer({ to: call.author, nonce: call.nonce, at: now, body }, fake.signer));
  });
  app.use(handleErrors(createLog({ level: 'silent', role: 'supernode' })));
  return fake;
}
