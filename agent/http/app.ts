/** What every route has: a typed Fastify, who may call it, and who asks. */

import type { Principal, Scope } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/**
 * Who may call a route: anyone; anyone signed in; admins; the command line on this machine (`local`, which may
 * also do what an admin may); or the holder of an API key with the scope.
 */
export type Access = 'public' | 'member' | 'admin' | 'local' | { key: Scope };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Left out, a route is for people who are signed in. */
    access?: Access;
    /** `any`: answers also while the device's posture lets nobody be served. */
    posture?: 'any';
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

/** The asker of a route that isn't public; the guard has already refused everyone else. */
export function whoAsks(request: FastifyRequest): Principal {
  if (!request.principal) throw new Refusal('not-signed-in', 'Sign in first.');
  return request.principal;
}
