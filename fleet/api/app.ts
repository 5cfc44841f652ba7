/** What every route of the operators' door has: a typed Fastify, who may call it, and who asks. */
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
import type { Action } from '../operators/may.ts';
import type { Asker } from '../operators/operators.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Anyone who reaches the door; anyone who is signed in; or whoever's role may do this. */
export type Access = 'anyone' | 'signed-in' | Action;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route of the operators' door without it can't be registered. */
    who?: Access;
  }
  interface FastifyRequest {
    asker: Asker | undefined;
  }
}

/** The asker of a route that isn't for anyone; the guard has already refused everyone else. */
export function askerOf(request: FastifyRequest): Asker {
  if (!request.asker) throw new Refusal('not-signed-in', 'Sign in first.');
  return request.asker;
}
