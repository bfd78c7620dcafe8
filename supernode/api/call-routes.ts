// What members and planters say to a supernode, each call sealed.

import type { Express } from 'express';
import { readBencodedBody } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { CARRIERS_PATH, carriersAnswer, carriersCall } from '../../shared/protocol/messages/carrier-messages.ts';
import {
  joinAnswer,
  joinCall,
  registerAnswer,
  registerCall,
} from '../../shared/protocol/messages/directory-messages.ts';
import {
  OBSERVATIONS_PATH,
  observationsAnswer,
  observationsCall,
  PROBE_PATH,
  probeAnswer,
  probeCall,
} from '../../shared/protocol/messages/federation-messages.ts';
import { NonceMemory } from '../../shared/protocol/records/nonce-memory.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { handleCall } from './calls.ts';
import type { CarrierPolls } from './carriers.ts';
import type { Joins } from './join.ts';
import type { Observer } from './observe.ts';
import { type RegisterOptions, register } from './register.ts';
import { addressOf, goneSignal } from './requests.ts';

export interface CallRoutesOptions extends RegisterOptions {
  readonly carriers: CarrierPolls;
  readonly joins: Joins;
  readonly observer: Observer;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly trustedProxies: NetworkSet;
}

export function addCallRoutes(app: Express, options: CallRoutesOptions): void {
  const { signer, clock, directory, ledger, quotas, joins, observer, trustedProxies } = options;
  const callOptions = { signer, clock, nonces: new NonceMemory() };
  app.use('/v2/plant', readBencodedBody());
  app.post(
    '/v2/plant',
    handleCall('/v2/plant', callOptions, async (_author, body, request) =>
      registerAnswer.write(
        await register(
          registerCall.read(body),
          { directory, ledger, quotas },
          addressOf(request, trustedProxies),
          clock.now(),
        ),
      ),
    ),
  );
  app.use(CARRIERS_PATH, readBencodedBody());
  app.post(
    CARRIERS_PATH,
    handleCall(CARRIERS_PATH, callOptions, async (author, body, request) =>
      carriersAnswer.write(await options.carriers.next(author, carriersCall.read(body), goneSignal(request.res!))),
    ),
  );
  app.use('/v2/join', readBencodedBody());
  app.post(
    '/v2/join',
    handleCall('/v2/join', callOptions, async (author, body, request) => {
      const address = addressOf(request, trustedProxies);
      return joinAnswer.write(await joins.join(author, joinCall.read(body).record, address));
    }),
  );
  app.use([PROBE_PATH, OBSERVATIONS_PATH], readBencodedBody());
  app.post(
    PROBE_PATH,
    handleCall(PROBE_PATH, callOptions, async (author, body) =>
      probeAnswer.write(await observer.probe(author, probeCall.read(body))),
    ),
  );
  app.post(
    OBSERVATIONS_PATH,
    handleCall(OBSERVATIONS_PATH, callOptions, (author, body) =>
      observationsAnswer.write(observer.observe(author, observationsCall.read(body))),
    ),
  );
}
