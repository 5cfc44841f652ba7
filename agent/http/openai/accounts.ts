/** Every request's account: opened when it comes in, closed whatever becomes of it. */
import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { toRefusal } from '../error.ts';
import { Account, type Books } from './account.ts';

declare module 'fastify' {
  interface FastifyRequest {
    openAiAccount: Account | undefined;
  }
}

export function keepAccounts(app: App, books: Books): void {
  app.decorateRequest('openAiAccount', undefined);
  app.addHook('onRequest', async (request, reply) => {
    const account = open(request, books);
    // A client that leaves between two steps runs none of them; the line is written all the same.
    reply.raw.once(
      'close',
      () => void account.close('aborted').catch((err: unknown) => logLost(request, err)),
    );
  });
  // Also for those whom the guards refused before they had an account.
  app.addHook('onError', async (request, _reply, error) => {
    const account = request.openAiAccount ?? open(request, books);
    await account.refuse(toRefusal(error)).catch((err: unknown) => logLost(request, err));
  });
}

export function accountOf(request: FastifyRequest): Account {
  if (!request.openAiAccount) throw new Error('the route stands outside of keepAccounts');
  return request.openAiAccount;
}

function open(request: FastifyRequest, books: Books): Account {
  const { id: requestId, principal, method, routeOptions } = request;
  const account = new Account(books, { requestId, principal, action: `${method} ${routeOptions.url ?? ''}` });
  request.openAiAccount = account;
  return account;
}

/** There is nobody left to answer to. */
const logLost = (request: FastifyRequest, err: unknown): void =>
  request.log.error({ err }, 'audit line lost');
