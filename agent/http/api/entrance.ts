/** Coming in and going out: the first account, name and password, one-time links, and one's own account. */
import { Invite, JoinBody, LoginBody, PasswordBody, Person, SetupBody } from '@rockpool/protocol/people';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import type { Auth } from '../../auth/auth.ts';
import type { SignIn } from '../../auth/entrance.ts';
import { maxSignInMs } from '../../auth/sign-ins.ts';
import { type App, whoAsks } from '../app.ts';
import { audited, type Told } from '../audited.ts';
import { signInCookie } from '../guard.ts';

export interface EntranceRouteParts {
  auth: Auth;
  audit: Audit;
  /** Served over TLS: then the cookie travels over nothing else. */
  secure: boolean;
}

const tags = ['people'];
const anyone = { access: 'public' } as const;
/** An administrator comes in also to see why nobody is served. */
const whenever = { ...anyone, posture: 'any' } as const;

export function entranceRoutes(app: App, parts: EntranceRouteParts): void {
  comingIn(app, parts);
  links(app, parts);
  ownAccount(app, parts);
}

function comingIn(app: App, parts: EntranceRouteParts): void {
  const { auth } = parts;
  app.post(
    '/api/setup',
    {
      config: anyone,
      schema: {
        ...{
          tags,
          summary:
            'Make the first account, with the setup code: of the label, or on a desk as it was printed',
        },
        body: SetupBody,
        response: { 200: Person },
      },
    },
    (request, reply) => comeIn(parts, request, reply, 'setup', () => auth.setup(request.body, request.ip)),
  );

  app.post(
    '/api/login',
    {
      config: whenever,
      schema: {
        ...{ tags, summary: 'Sign in with name and password; the answer sets the cookie' },
        body: LoginBody,
        response: { 200: Person },
      },
    },
    (request, reply) => comeIn(parts, request, reply, 'login', () => auth.login(request.body, request.ip)),
  );

  app.post(
    '/api/logout',
    {
      config: whenever,
      schema: { ...{ tags, summary: 'Sign out on this browser' }, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const cookie = request.cookies[signInCookie];
      if (cookie !== undefined) await audited(parts.audit, request, 'logout', () => auth.logout(cookie));
      reply.clearCookie(signInCookie, cookieOptions(parts.secure));
      return await reply.status(204).send(null);
    },
  );
}

function links(app: App, parts: EntranceRouteParts): void {
  const { auth } = parts;
  app.get(
    '/api/invites/:code',
    {
      config: anyone,
      schema: {
        ...{ tags, summary: 'What a one-time link is for' },
        params: z.object({ code: z.string().min(1).max(128) }),
        response: { 200: Invite.pick({ kind: true, role: true, name: true, expiresAt: true }) },
      },
    },
    async (request) => await auth.inviteOf(request.params.code, request.ip),
  );

  app.post(
    '/api/join',
    {
      config: anyone,
      schema: {
        ...{ tags, summary: 'Use a one-time link: make an account with it, or set a new password' },
        body: JoinBody,
        response: { 200: Person },
      },
    },
    (request, reply) => comeIn(parts, request, reply, 'join', () => auth.join(request.body, request.ip)),
  );
}

function ownAccount(app: App, { auth, audit }: EntranceRouteParts): void {
  app.get(
    '/api/me',
    { schema: { ...{ tags, summary: 'Who is signed in' }, response: { 200: Person } } },
    async (request) => whoAsks(request).person,
  );

  app.post(
    '/api/me/password',
    {
      schema: {
        ...{ tags, summary: "Change one's password; ends one's sign-ins on other browsers" },
        body: PasswordBody,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await audited(audit, request, 'password.change', () =>
        auth.changePassword(whoAsks(request), request.body),
      );
      return await reply.status(204).send(null);
    },
  );
}

export async function comeIn(
  { auth, audit, secure }: EntranceRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
  action: string,
  enter: () => Promise<SignIn>,
): Promise<Person> {
  // Not the name that was tried: people type passwords there.
  const tell = (result: SignIn | undefined): Told => ({
    ...(result ? { person: result.person.id } : {}),
    detail: { address: request.ip },
  });
  const { person, cookie } = await audited(audit, request, action, enter, tell);
  const former = request.cookies[signInCookie];
  if (former !== undefined) await auth.logout(former);
  reply.setCookie(signInCookie, cookie, { ...cookieOptions(secure), maxAge: maxSignInMs / 1_000 });
  return person;
}

const cookieOptions = (secure: boolean) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure }) as const;
