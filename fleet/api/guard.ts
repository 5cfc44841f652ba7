/** What every request at the operators' door passes before its route: our own name, our own page, a known asker, enough rights. */
import { isOwnHost, isOwnOrigin } from '@rockpool/protocol/own-host';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import { may } from '../operators/may.ts';
import type { Asker, Operators } from '../operators/operators.ts';
import type { Access, App } from './app.ts';

export interface GuardOptions {
  operators: Pick<Operators, 'whoIs'>;
  /** Without ports, lower case, IPv6 in brackets. */
  names: ReadonlySet<string>;
  cookie: string;
  isSecure(): boolean;
}

export function guard(app: App, options: GuardOptions): void {
  app.decorateRequest('asker', undefined);
  app.addHook('onRoute', (route) => {
    if (route.config?.who === undefined) throw new Error(`${route.url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request) => {
    refuseUnknownHost(request, options.names);
    refuseForeignOrigin(request, options.isSecure());
    request.asker = await whoAsks(request, options);
    refuseWithoutRights(
      request.asker,
      request.is404 ? 'anyone' : (request.routeOptions.config.who ?? 'signed-in'),
    );
  });
}

function refuseUnknownHost(request: FastifyRequest, names: ReadonlySet<string>): void {
  if (isOwnHost(request.headers.host, names, request.socket.localAddress)) return;
  throw new Refusal(
    'unknown-host',
    'This controller does not answer to that name; use the address that it printed, or start it with --dashboard-url.',
  );
}

/** Browsers say where a request comes from; other programs send neither header. */
function refuseForeignOrigin(request: FastifyRequest, secure: boolean): void {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && !isOwnOrigin(origin, host, secure && request.protocol === 'https')) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  // A link from elsewhere may open the dashboard, where a person signs in, and nothing else.
  const opensPage =
    request.method === 'GET' &&
    request.headers['sec-fetch-mode'] === 'navigate' &&
    !/^\/(?:api|metrics)(?:\/|$)/.test(request.routeOptions.url ?? '/api');
  if (isForeign && !opensPage)
    throw new Refusal('foreign-origin', 'Pages of other sites may not talk to this controller.');
}

/** What a request shows of itself: a program's key goes before a browser's cookie. */
export function shownBy(request: FastifyRequest, cookie: string): { key: string } | { cookie?: string } {
  const key = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (key !== undefined) return { key };
  const secret = request.cookies[cookie];
  return secret === undefined ? {} : { cookie: secret };
}

/** A key that is no good is refused also where nobody needs one: its owner should hear of it. */
async function whoAsks(
  request: FastifyRequest,
  { operators, cookie }: GuardOptions,
): Promise<Asker | undefined> {
  const shown = shownBy(request, cookie);
  const asker = await operators.whoIs(shown);
  if (!asker && 'key' in shown)
    throw new Refusal('not-signed-in', 'This API key is none of ours, or was taken back; make another one.');
  return asker;
}

export function refuseWithoutRights(asker: Asker | undefined, who: Access): void {
  if (who === 'anyone') return;
  if (!asker) throw new Refusal('not-signed-in', 'Sign in first.');
  if (who === 'signed-in' || may(asker.role, who)) return;
  throw new Refusal('forbidden', `A ${asker.role} may not do that; ask an admin of this controller.`);
}
