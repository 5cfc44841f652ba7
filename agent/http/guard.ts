/** What every request passes before its route: the right host, the right origin, a known asker, enough rights. */
import { isOwnHost, isOwnOrigin } from '@rockpool/protocol/own-host';
import type { Principal, Scope } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from '../auth/credentials.ts';
import type { Access, App } from './app.ts';
import { reachedAddress } from './proxied.ts';

/** The cookie that carries a sign-in. */
export const signInCookie = 'rockpool';

export function guard(app: App, credentials: Credentials, allowedHosts: ReadonlySet<string>): void {
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request) => {
    refuseUnknownHost(request, allowedHosts);
    refuseForeignOrigin(request);
    const access = request.is404 ? 'public' : (request.routeOptions.config.access ?? 'member');
    request.principal = await whoHolds(request, access, credentials);
    refuseWithoutRights(request.principal, access);
  });
}

/** Against DNS rebinding: a name that isn't ours resolves to us only by an attacker's will. */
function refuseUnknownHost(request: FastifyRequest, allowed: ReadonlySet<string>): void {
  if (isOwnHost(request.headers.host, allowed, reachedAddress(request))) return;
  throw new Refusal(
    'unknown-host',
    'This device does not answer to that name; use the address it printed when it started.',
  );
}

/** Against pages elsewhere: browsers tell where a request comes from, other programs send neither header. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isSecure = request.protocol === 'https';
  const foreignOrigin = origin !== undefined && !isOwnOrigin(origin, request.headers.host, isSecure);
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  // A link from elsewhere may open the page, and nothing but the page.
  const opensPage =
    request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate' && isPage(request);
  if ((foreignOrigin || foreignSite) && !opensPage) {
    throw new Refusal('foreign-origin', 'Pages of other sites may not talk to this device.');
  }
}

/** By the route that matched: an address can be spelled in ways that only the router sees through. */
const isPage = ({ routeOptions }: FastifyRequest): boolean =>
  !/^\/(?:api|v1)(?:\/|$)/.test(routeOptions.url ?? '/');

/** Keys are for programs and go anywhere their scope lets them; the cookie is for the page and never for /v1. */
async function whoHolds(request: FastifyRequest, access: Access, credentials: Credentials) {
  const key = bearer(request);
  if (key !== undefined) return await credentials.byKey(key, actAs(request));
  const cookie = request.cookies[signInCookie];
  if (cookie === undefined || typeof access === 'object') return undefined;
  return await credentials.byCookie(cookie);
}

/** Percent-encoded, because a header holds no Chinese name. */
function actAs(request: FastifyRequest): string | undefined {
  const name = request.headers['x-rockpool-as'];
  if (typeof name !== 'string') return undefined;
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new Refusal('bad-request', "Write the name in 'x-rockpool-as' percent-encoded, as UTF-8.", {
      cause,
    });
  }
}

function bearer(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization?.match(/^Bearer\s+(\S+)\s*$/i)?.[1];
  const plain = request.headers['x-api-key'];
  return header ?? (typeof plain === 'string' ? plain : undefined);
}

function refuseWithoutRights(principal: Principal | undefined, access: Access): void {
  if (access === 'public') return;
  if (!principal) {
    throw new Refusal(
      'not-signed-in',
      typeof access === 'object'
        ? "Send a valid API key as 'authorization: Bearer …'; create one on the settings page or with 'npx rockpool key create'."
        : 'Sign in first.',
    );
  }
  if (!mayUse(principal, access)) throw new Refusal('forbidden', deniedSentence(access));
}

function mayUse(principal: Principal, access: Exclude<Access, 'public'>): boolean {
  if (principal.via === 'local') return true;
  if (access === 'local') return false;
  if (typeof access === 'object') return hasScope(principal, access.key);
  // An API key speaks the OpenAI protocol only; the page's own routes are for people.
  if (principal.via === 'key') return false;
  return access === 'member' || principal.person.role === 'admin';
}

const hasScope = ({ scopes }: Principal, scope: Scope): boolean =>
  scopes.includes('all') || scopes.includes(scope);

function deniedSentence(access: Exclude<Access, 'public'>): string {
  if (access === 'admin') return 'Only an administrator may do that; ask one.';
  if (access === 'local') return "That works on the device itself only, with 'npx rockpool'.";
  if (typeof access === 'object')
    return `This API key lacks the scope '${access.key}'; create one that has it.`;
  return 'API keys are for /v1 only; sign in on the page for this.';
}
