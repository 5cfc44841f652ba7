/** `/api/setup`, `/api/login`, `/api/logout`, `/api/me`: coming in, going out, and one's own account. */
import { Login, Me, Setup } from '@rockpool/protocol/fleet/api';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { SignIn } from '../../operators/operators.ts';
import { longestMs } from '../../operators/sessions.ts';
import { type App, askerOf } from '../app.ts';
import type { RouteParts } from '../operators-door.ts';

export function sessionRoutes(app: App, { operators, about, cookie, isSecure }: RouteParts): void {
  const attributes = () => ({ path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure() }) as const;
  const me = async (operator: Me['operator']): Promise<Me> => ({
    operator,
    needsSetup: operator === null && (await operators.needsSetup()),
    controller: about(),
  });
  const signedIn = (reply: FastifyReply, { name, role, cookie: secret }: SignIn): Promise<Me> => {
    reply.setCookie(cookie, secret, { ...attributes(), maxAge: longestMs / 1000 });
    return me({ name, role });
  };

  app.get('/api/me', { config: { who: 'anyone' }, schema: { response: { 200: Me } } }, ({ asker }) =>
    me(asker ? { name: asker.name, role: asker.role } : null),
  );
  app.post(
    '/api/setup',
    { config: { who: 'anyone' }, schema: { body: Setup, response: { 200: Me } } },
    async (request, reply) => signedIn(reply, await operators.setup(request.body, request.ip)),
  );
  app.post(
    '/api/login',
    { config: { who: 'anyone' }, schema: { body: Login, response: { 200: Me } } },
    async (request, reply) => signedIn(reply, await operators.login(request.body, request.ip)),
  );
  // For anyone: a cookie that is over can be put away too.
  app.post(
    '/api/logout',
    { config: { who: 'anyone' }, schema: { response: { 204: z.undefined() } } },
    async (request, reply) => {
      const secret = request.cookies[cookie];
      if (secret !== undefined) await operators.logout(secret);
      return reply.clearCookie(cookie, attributes()).code(204).send(undefined);
    },
  );
  app.post(
    '/api/me/password',
    {
      config: { who: 'signed-in' },
      schema: {
        body: z.strictObject({ current: z.string().max(200), next: z.string().min(10).max(200) }),
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await operators.changePassword(askerOf(request), request.body);
      return reply.code(204).send(undefined);
    },
  );
}
