/** The door of a device whose posture doesn't hold: whom it lets through, what it shows, and to whom in detail. */

import type { Person, Principal } from '@rockpool/protocol/people';
import { Posture, PostureCode } from '@rockpool/protocol/posture';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { missingIn, type PostureState, type PostureWatch } from '../../health/posture-watch.ts';
import type { App } from '../app.ts';
import { toRefusal } from '../error.ts';
import { posturePage, posturePagePolicy } from '../posture-page.ts';

export interface PostureRouteParts {
  name: string;
  watch: Pick<PostureWatch, 'state' | 'last'>;
  /** Undefined when there is no code, or it was used. @throws Refusal when too many were tried */
  code?: { isOpen(): Promise<boolean>; isRight(code: string, address: string): Promise<boolean> };
  /** Sets the cookie; undefined while the people are not known, for their database is closed. */
  signIn?: (
    asked: { name: string; password: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<Person>;
}

/** After `guard`, which knows who asks; before the routes, for it asks every one of them. */
export function gatePosture(app: App, watch: Pick<PostureWatch, 'state' | 'last'>): void {
  app.addHook('onRequest', async (request, reply) => {
    const state = watch.state();
    if (state === 'open' || request.routeOptions.config.posture === 'any') return;
    if (state === 'closed' && isPageOpened(request)) return reply.redirect('/posture', 302);
    if (isLetThrough(request, state)) return;
    throw notReady(state, watch);
  });
}

/** A browser that goes somewhere; an app or a script asks for the API. */
const isPageOpened = ({ method, url }: FastifyRequest): boolean =>
  method === 'GET' && !/^\/(?:api|v1|healthz|readyz|metrics)(?:[/?]|$)/.test(url);

/** Who is in may read what is there, take it away and delete it; nothing new comes onto a device that isn't safe. */
function isLetThrough({ method, principal, routeOptions }: FastifyRequest, state: PostureState): boolean {
  const isAtTheDevice = principal?.via === 'local';
  // Backups and accounts, for whoever sits at the device to cure it.
  if (isAtTheDevice && routeOptions.config.access === 'local') return true;
  if (state === 'closed' && !isAtTheDevice) return false;
  return ['GET', 'HEAD', 'DELETE'].includes(method);
}

function notReady(state: PostureState, watch: Pick<PostureWatch, 'last'>): Refusal {
  const codes = missingIn(watch.last());
  const why = codes.length > 0 ? ` (${codes.join(', ')})` : '';
  const says =
    state === 'paused'
      ? `This device takes nothing new until its safety is restored${why}; what is here can be read. Tell your administrator.`
      : `This device serves nobody until its safety is established${why}; tell your administrator.`;
  return new Refusal('not-ready', says, { retryAfterS: 60 });
}

const tags = ['device'];

const Told = z.object({
  state: z.enum(['closed', 'open', 'paused']),
  holds: z.boolean(),
  missing: z.array(PostureCode).describe('what anybody may know'),
  findings: Posture.shape.findings.nullable().describe('for administrators; null for others'),
});

export async function postureRoutes(app: App, parts: PostureRouteParts): Promise<void> {
  const { watch } = parts;
  const config = { access: 'public', posture: 'any' } as const;
  app.get(
    '/api/posture',
    {
      config,
      schema: {
        ...{ tags, summary: 'What an appliance has to have to serve people, and whether it has' },
        response: { 200: Told },
      },
    },
    async ({ principal }) => {
      const last = watch.last();
      return {
        ...{ state: watch.state(), holds: last?.holds ?? false, missing: missingIn(last) },
        findings: mayKnow(principal) ? (last?.findings ?? []) : null,
      };
    },
  );
  await pageRoutes(app, parts, config);
}

const mayKnow = (principal: Principal | undefined): boolean =>
  principal?.person.role === 'admin' && principal.scopes.includes('all');

async function pageRoutes(
  app: App,
  parts: PostureRouteParts,
  config: { access: 'public'; posture: 'any' },
): Promise<void> {
  const { watch, code, signIn } = parts;

  async function show(reply: FastifyReply, inDetail: boolean, refused?: Refusal): Promise<unknown> {
    const last = watch.last();
    const isCodeAsked = code !== undefined && !inDetail && (await code.isOpen());
    const page = posturePage({
      ...{ name: parts.name, findings: last?.findings, holds: last?.holds ?? false, inDetail },
      forms: [
        ...(isCodeAsked ? (['code'] as const) : []),
        ...(signIn && !inDetail ? (['sign-in'] as const) : []),
      ],
      ...(refused ? { refused: refused.message } : {}),
    });
    if (refused?.detail.retryAfterS) reply.header('retry-after', Math.ceil(refused.detail.retryAfterS));
    reply.header('content-security-policy', posturePagePolicy);
    // With `no-referrer` a browser hides where a form comes from, and the guard asks that.
    reply.header('referrer-policy', 'same-origin');
    return await reply
      .status(refused?.status ?? 503)
      .type('text/html; charset=utf-8')
      .send(page);
  }

  app.get('/posture', { config, schema: { hide: true } }, async ({ principal }, reply) => {
    // In a browser that comes back once all is well.
    if (watch.state() === 'open') return await reply.redirect('/', 302);
    return await show(reply, mayKnow(principal));
  });

  // Forms, because the page has no script; bodies of a kind that nothing else here reads.
  const read: FastifyPluginAsync = async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 4_096 },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    const Code = z.strictObject({ code: z.string().min(1).max(64) });
    scope.post('/posture/code', { config, schema: { hide: true } }, async (request, reply) => {
      try {
        const asked = Code.parse(request.body);
        if (!(await code?.isOpen()) || !(await code?.isRight(asked.code, request.ip))) throw wrongCode();
        return await show(reply, true);
      } catch (error) {
        return await show(reply, false, error instanceof z.ZodError ? wrongCode() : toRefusal(error));
      }
    });
    const SignIn = z.strictObject({
      name: z.string().trim().min(1).max(64),
      password: z.string().min(1).max(256),
    });
    if (!signIn) return;
    scope.post('/posture/sign-in', { config, schema: { hide: true } }, async (request, reply) => {
      try {
        await signIn(SignIn.parse(request.body), request, reply);
        return await reply.redirect('/posture', 303);
      } catch (error) {
        return await show(reply, false, error instanceof z.ZodError ? wrongCode() : toRefusal(error));
      }
    });
  };
  await app.register(read);
}

const wrongCode = (): Refusal =>
  new Refusal('wrong-code', "That is not the setup code; it stands on the device's label.");
