// The administration of a role: JSON over HTTP, for operators with a token, and only from where they are expected.

import { json, type RequestHandler, Router } from 'express';
import { prettifyError, type ZodType } from 'zod';
import { PublicError } from '../errors.ts';
import type { Log } from '../platform/log.ts';
import { handleErrors, notFound, sendJsonFailure } from './error-handler.ts';
import type { OperatorNetworks, OperatorTokens, Scope } from './operators.ts';

export const ADMIN_PATH = '/admin/v1';

/** One thing that operators may ask for. */
export interface AdminRoute {
  readonly method: 'get' | 'post';
  /** Below ADMIN_PATH: '/drain'. */
  readonly path: string;
  readonly scope: Scope;
  /** Throws PublicError for a body of another shape; what it returns is answered as JSON. */
  readonly run: (body: unknown) => unknown;
}

export interface AdminOptions {
  readonly tokens: OperatorTokens;
  readonly networks: OperatorNetworks;
  readonly routes: readonly AdminRoute[];
  readonly log: Pick<Log, 'info' | 'error'>;
}

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const MAX_BODY = '256kb';

export function adminGet(path: string, scope: Scope, run: () => unknown): AdminRoute {
  return { method: 'get', path, scope, run };
}

export function adminPost<Body>(
  path: string,
  scope: Scope,
  shape: ZodType<Body>,
  run: (body: Body) => unknown,
): AdminRoute {
  const read = (body: unknown): Body => {
    const { data, error } = shape.safeParse(body ?? {});
    if (error !== undefined) throw new PublicError('body', prettifyError(error));
    return data as Body;
  };
  return { method: 'post', path, scope, run: (body) => run(read(body)) };
}

/** To be mounted at ADMIN_PATH. Whoever calls from elsewhere finds nothing there. */
export function createAdminRouter(options: AdminOptions): Router {
  const router = Router();
  router.use((request, _response, next) => {
    if (options.networks.has(request)) next();
    else notFound(request, _response, next);
  });
  for (const route of options.routes) router[route.method](route.path, authorize(route, options), ...handle(route));
  router.use(notFound);
  router.use(handleErrors(options.log, sendJsonFailure));
  return router;
}

/** Before the body is read. */
function authorize({ method, path, scope }: AdminRoute, { tokens, log }: AdminOptions): RequestHandler {
  return (request, response, next) => {
    const operator = tokens.find(request);
    if (operator === undefined) {
      response.set('WWW-Authenticate', 'Bearer');
      throw new PublicError('unauthorized', 'a token is needed: Authorization: Bearer SECRET', {
        status: UNAUTHORIZED,
      });
    }
    if (!operator.scopes.has(scope)) {
      throw new PublicError('forbidden', `the token does not have the scope ${scope}`, { status: FORBIDDEN });
    }
    if (method !== 'get') log.info({ operator: operator.name, path }, 'an operator asked for it');
    next();
  };
}

function handle({ run }: AdminRoute): RequestHandler[] {
  return [
    json({ limit: MAX_BODY }),
    async (request, response) => {
      response.set('Cache-Control', 'no-store').json((await run(request.body)) ?? {});
    },
  ];
}
