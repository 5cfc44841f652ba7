/** The second door of the controller: what operators and their programs see and do, the dashboard, and what Prometheus reads. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:https';
import cookies from '@fastify/cookie';
import type { Me } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../host/clock.ts';
import type { Operators } from '../operators/operators.ts';
import type { Releases } from '../rollout/releases.ts';
import type { Database } from '../store/tables.ts';
import type { App } from './app.ts';
import { guard } from './guard.ts';
import { addHeaders } from './headers.ts';
import type { Live } from './live.ts';
import { loopbackNames } from './loopback.ts';
import type { Metrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { addPages } from './pages.ts';
import { tellRefusal } from './refusals.ts';
import { alertRoutes } from './routes/alerts.ts';
import { auditRoutes } from './routes/audit.ts';
import { claimRoutes } from './routes/claims.ts';
import { commandRoutes } from './routes/commands.ts';
import { deviceRoutes } from './routes/devices.ts';
import { liveRoutes } from './routes/live.ts';
import { keyRoutes, operatorRoutes } from './routes/operators.ts';
import { probeRoutes, type Readiness } from './routes/probes.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { sessionRoutes } from './routes/session.ts';
import { type Tls, tlsOptions } from './server.ts';

export interface OperatorsDoorOptions {
  db: Database;
  clock: Clock;
  operators: Operators;
  live: Live;
  metrics: Metrics;
  logger: FastifyBaseLogger;
  /** Shown to whoever signs in. */
  about(): Me['controller'];
  /** Whether all that this controller needs is there, and what isn't. */
  readiness: Readiness;
  /** What may be rolled out; left out, this controller has none. */
  releases?: Releases | undefined;
  /** `web/dist`. */
  pages: string;
  /** Left out: plain HTTP, for loopback alone. */
  tls?: Tls | undefined;
  /** A proxy in front ends TLS: browsers never see this door without it. */
  isBehindTls?: boolean;
  /** By which it may be asked for besides loopback and the address that was dialled: no ports, lower case. */
  names: readonly string[];
}

/** What a room of routes is given. */
export type RouteParts = Pick<
  OperatorsDoorOptions,
  'db' | 'clock' | 'operators' | 'live' | 'metrics' | 'about' | 'readiness'
> & { releases: Releases | undefined; cookie: string; isSecure(): boolean };

export interface OperatorsDoor {
  app: App;
  /** For the next connections. */
  setTls(tls: Tls): void;
}

/** A command for ten thousand named devices is the largest that anyone sends. */
const bodyLimitBytes = 1024 * 1024;
const requestTimeoutMs = 60_000;

/** It listens when the caller says so. */
export async function createOperatorsDoor(options: OperatorsDoorOptions): Promise<OperatorsDoor> {
  const { logger, tls, operators, metrics } = options;
  const isSecure = (): boolean => tls !== undefined || options.isBehindTls === true;
  // Browsers take a cookie of this prefix from its own host alone, over TLS alone.
  const cookie = isSecure() ? '__Host-rockpool-fleet' : 'rockpool-fleet';
  const app = Fastify({
    ...(tls ? { https: tlsOptions(tls) } : {}),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    // Of a proxy's headers none is believed: addresses are those of connections.
    trustProxy: false,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    frameworkErrors: tellRefusal,
  } as object).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(tellRefusal);
  app.setNotFoundHandler(() => {
    throw new Refusal('not-found', 'There is nothing under this address.');
  });
  await app.register(cookies);
  addHeaders(app, isSecure);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime);
  });
  const names = new Set([...loopbackNames, ...options.names]);
  guard(app, { operators, names, cookie, isSecure });
  await describeApi(app, { version: options.about().version, cookie });
  const parts: RouteParts = { ...options, releases: options.releases, cookie, isSecure };
  for (const add of rooms) add(app, parts);
  await addPages(app, options.pages);
  return {
    app,
    setTls: (fresh) => (app.server as Server).setSecureContext(tlsOptions(fresh)),
  };
}

const rooms: readonly ((app: App, parts: RouteParts) => void)[] = [
  sessionRoutes,
  deviceRoutes,
  commandRoutes,
  alertRoutes,
  rolloutRoutes,
  claimRoutes,
  operatorRoutes,
  keyRoutes,
  auditRoutes,
  liveRoutes,
  probeRoutes,
];
