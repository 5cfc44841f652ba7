/** The device about itself: what the page has to know first, whether it is well, what it counts, and its backup. */
import { join } from 'node:path';
import { DeviceStatus, ModelAbout } from '@rockpool/protocol/device';
import type { Principal } from '@rockpool/protocol/people';
import { PostureCode } from '@rockpool/protocol/posture';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Audit } from '../../audit/log.ts';
import { verifyAudit } from '../../audit/verify.ts';
import type { Auth } from '../../auth/auth.ts';
import type { Metrics } from '../../health/metrics.ts';
import { missingIn, type PostureWatch } from '../../health/posture-watch.ts';
import { createBackup } from '../../host/backup/create.ts';
import type { Clock } from '../../host/clock.ts';
import { version } from '../../host/version.ts';
import type { Model } from '../../inference/model.ts';
import type { Store } from '../../store/store.ts';
import type { App } from '../app.ts';
import { audited } from '../audited.ts';
import { whileRead } from '../while-read.ts';

export interface DeviceRouteParts {
  settings: { home: string; name: string; deskRun: boolean; tls: object | undefined };
  store: { people: Pick<Store['people'], 'isEmpty'>; store: Pick<Store['store'], 'copyTo' | 'memoryAway'> };
  model: Pick<Model, 'ready' | 'about'>;
  auth: Pick<Auth, 'needsSetup'>;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  audit: Audit;
  clock: Clock;
  /** An appliance's; a desk has none and is ready without. */
  posture?: Pick<PostureWatch, 'last'> | undefined;
}

export function deviceRoutes(app: App, parts: DeviceRouteParts): void {
  statusRoutes(app, parts);
  healthRoutes(app, parts);
  metricsRoute(app, parts);
  upkeepRoutes(app, parts);
}

const tags = ['device'];

function statusRoutes(app: App, { settings, auth, model }: DeviceRouteParts): void {
  app.get(
    '/api/status',
    {
      config: { access: 'public', posture: 'any' },
      schema: {
        ...{
          tags,
          summary: 'What the page has to know before anything else; more of it once one is signed in',
        },
        response: { 200: DeviceStatus },
      },
    },
    async ({ principal }) => ({
      name: settings.name,
      version,
      needsSetup: await auth.needsSetup(),
      ready: model.about() !== undefined,
      deskRun: settings.deskRun,
      secure: settings.tls !== undefined,
      signedIn: principal && principal.person.id > 0 ? principal.person : null,
      model: principal ? (model.about() ?? null) : null,
    }),
  );

  app.get(
    '/api/models',
    {
      schema: {
        ...{ tags, summary: 'The models that answer' },
        response: { 200: z.object({ models: z.array(ModelAbout) }) },
      },
    },
    async () => ({ models: [await model.ready] }),
  );
}

function healthRoutes(app: App, { model, store, posture }: DeviceRouteParts): void {
  const hidden = { config: { access: 'public', posture: 'any' }, logLevel: 'silent' } as const;
  app.get(
    '/healthz',
    {
      ...hidden,
      schema: {
        ...{ tags, summary: 'The process is alive' },
        response: { 200: z.object({ alive: z.literal(true) }) },
      },
    },
    async () => ({ alive: true as const }),
  );

  const Readiness = z.object({
    ready: z.boolean(),
    model: z.boolean(),
    database: z.boolean(),
    memory: z
      .boolean()
      .describe('false: its database is damaged and put aside; people are served without it'),
    posture: z.boolean().describe('false: the device lacks what it must have to serve people; see `missing`'),
    missing: z.array(PostureCode),
  });
  app.get(
    '/readyz',
    {
      ...hidden,
      schema: {
        ...{ tags, summary: 'The model is loaded, the database open, and the posture holds' },
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const database = await store.people.isEmpty().then(
        () => true,
        () => false,
      );
      const memory = database && (await store.store.memoryAway()) === null;
      const loaded = model.about() !== undefined;
      const holds = posture === undefined || posture.last()?.holds === true;
      const ready = database && loaded && holds;
      return await reply.status(ready ? 200 : 503).send({
        ready,
        model: loaded,
        database,
        memory,
        posture: holds,
        missing: missingIn(posture?.last()),
      });
    },
  );
}

function metricsRoute(app: App, { metrics }: DeviceRouteParts): void {
  app.get(
    '/metrics',
    {
      config: { access: 'public', posture: 'any' },
      schema: { tags, summary: 'Prometheus: from the device itself, or for administrators' },
    },
    async (request, reply) => {
      if (!mayReadMetrics(request)) throw refuseMetrics(request);
      return await reply.type(metrics.contentType).send(await metrics.text());
    },
  );
}

export const refuseMetrics = ({ principal }: FastifyRequest): Refusal =>
  new Refusal(
    principal ? 'forbidden' : 'not-signed-in',
    "Metrics are for the device itself and for administrators; send an administrator's API key of scope 'all' as 'authorization: Bearer …'.",
  );

export function mayReadMetrics(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded;
  const fromHere = /^(?:::ffff:)?127\.|^::1$/.test(request.ip) && forwarded === undefined;
  return fromHere || isAdmin(request.principal);
}

const isAdmin = (principal: Principal | undefined): boolean =>
  principal?.person.role === 'admin' && principal.scopes.includes('all');

function upkeepRoutes(app: App, { settings, store, audit, clock }: DeviceRouteParts): void {
  app.post(
    '/api/local/backup',
    { config: { access: 'local' }, schema: { tags, summary: 'Everything of the home folder as one file' } },
    async (request, reply) => {
      const copyDatabases = (folder: string) => store.store.copyTo(folder);
      const parts = { home: settings.home, copyDatabases, clock, writtenBy: version };
      const backup = await audited(audit, request, 'backup.create', () =>
        createBackup(parts, whileRead(reply, left)),
      );
      backup.once('error', (error) => request.log.error({ err: error }, 'the backup was broken off'));
      return reply.type('application/zstd').send(backup);
    },
  );

  app.post(
    '/api/local/audit/verify',
    {
      config: { access: 'local' },
      schema: { tags, summary: 'Checks the whole audit log against its chain' },
    },
    async (_request, reply) =>
      await verifyAudit(join(settings.home, 'audit'), { signal: whileRead(reply, left) }),
  );
}

const left = (): Refusal => new Refusal('aborted', 'The reader left before the end.');
