/** The HTTP door: one Fastify with the guards, the error shapes and the security headers that every route has. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { hostOf, isName } from '@rockpool/protocol/own-host';
import { pageHeaders, pagePolicy } from '@rockpool/protocol/page-headers';
import { Refusal } from '@rockpool/protocol/refusal';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Credentials } from '../auth/credentials.ts';
import type { App } from './app.ts';
import { sendError } from './error.ts';
import { guard } from './guard.ts';
import { doorTimes, type Listener } from './listener.ts';
import { watchPaths } from './paths.ts';
import { heedProxy } from './proxied.ts';
import { refuseUnreadable } from './unreadable.ts';

export const contentSecurityPolicy = pagePolicy({
  ...{
    'img-src': "'self' data: blob:",
    'font-src': "'self'",
    'manifest-src': "'self'",
    'worker-src': "'self'",
  },
});

export interface DoorOptions {
  credentials: Credentials;
  /** Names and addresses under which the device may be asked for, without ports, lower case. */
  allowedHosts: ReadonlySet<string>;
  logger: FastifyBaseLogger;
  /** What speaks TLS; left out, plain HTTP (loopback only, see config). */
  listener?: Listener;
}

/** Bytes of a JSON body: a window's worth of text many times over. Uploads have a bound of their own. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** A server with no routes yet; it listens when the caller says so. */
export async function createDoor(options: DoorOptions): Promise<App> {
  const { credentials, allowedHosts, logger, listener } = options;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    ...doorTimes,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 256 },
    // An address that can't be decoded reaches no route and no hook.
    frameworkErrors: sendError,
    clientErrorHandler: refuseUnreadable,
    ...(listener ? { serverFactory: listener.createBehind } : {}),
  } as object).withTypeProvider<ZodTypeProvider>() as unknown as App;

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendError);
  await app.register(cookie);
  watchPaths(app);
  heedProxy(app);
  guardHeaders(app);
  guard(app, credentials, allowedHosts);
  return app;
}

/** On every answer, errors too. */
function guardHeaders(app: App): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header(
      'content-security-policy',
      reply.getHeader('content-security-policy') ?? contentSecurityPolicy,
    );
    reply.headers({
      ...pageHeaders,
      'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
      'referrer-policy': reply.getHeader('referrer-policy') ?? pageHeaders['referrer-policy'],
    });
    if (request.protocol === 'https' && isName(hostOf(request.headers.host)))
      reply.header('strict-transport-security', 'max-age=31536000');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

/** A path nobody serves, or not by this method, told in the caller's shape. */
export function refuseUnknownPaths(app: App): void {
  app.setNotFoundHandler((request, reply) => {
    const methods = app.methodsUnder(request.url.split('?', 1)[0] ?? '');
    if (methods.length === 0) throw new Refusal('not-found', 'There is nothing under this address.');
    reply.header('allow', methods.join(', '));
    const named = methods.filter((method) => method !== 'HEAD').join(' or ');
    throw new Refusal('method-not-allowed', `Use ${named} for this address.`);
  });
}
