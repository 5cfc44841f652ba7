/** The operators' side of a controller: the dashboard, the API, and what Prometheus reads. */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { asHost } from '@rockpool/protocol/own-host';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyBaseLogger } from 'fastify';
import { sql } from 'kysely';
import { type ShownTls, tlsOfFiles, tlsOfLanRoot } from '../api/dashboard-tls.ts';
import { createLive } from '../api/live.ts';
import { isLoopback } from '../api/loopback.ts';
import { createMetrics } from '../api/metrics.ts';
import { createOperatorsDoor } from '../api/operators-door.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import type { Clock } from '../host/clock.ts';
import type { IngestFigures } from '../ingest/ingest.ts';
import { createOperators } from '../operators/operators.ts';
import { createFeed } from '../registry/feed.ts';
import type { Releases } from '../rollout/releases.ts';
import type { Database } from '../store/tables.ts';
import { fleetFigures } from '../views/figures.ts';
import { every } from './every.ts';

export interface DashboardOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** Where browsers reach it, when something in front of it ends TLS. */
  url?: string;
  /** Of the operator's own; left out, the LAN root vouches for it, unless it listens on loopback. */
  files?: { cert: string; key: string };
}

export interface DeskOptions {
  dashboard: DashboardOptions;
  db: Database;
  clock: Clock;
  logger: FastifyBaseLogger;
  authority: FleetAuthority;
  /** The first one is the controller's own. */
  names: readonly string[];
  version: string;
  /** What may be rolled out. */
  releases: Releases;
  /** Of the devices' side; null where there is none. */
  figures: (() => IngestFigures) | null;
  missing(): string[];
}

export interface Desk {
  /** Where operators go. */
  url: string;
  port: number;
  /** Makes the first operator; undefined when there is one. */
  setupCode: string | undefined;
  close(): Promise<void>;
}

const minuteMs = 60_000;
const databasePatienceMs = 3_000;
const pages = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Listens when it returns. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { dashboard, db, clock, logger, names } = options;
  const operators = createOperators({ db, clock });
  const setupCode = await operators.openSetup();
  const report = (error: unknown) => logger.error({ err: error }, 'changes could not be read');
  const live = createLive({ feed: createFeed(db), after, report });
  const metrics = createMetrics();
  metrics.watchFleet(() => fleetFigures(db, clock));
  metrics.watchReaders(() => live.readers());
  if (options.figures) metrics.watchIngest(options.figures);
  const tls = await tlsFor(options);
  let url = dashboard.url ?? '';
  const door = await createOperatorsDoor({
    ...{ db, clock, operators, live, metrics, logger, pages, releases: options.releases },
    about: () => ({ name: names[0] ?? '', url, version: options.version }),
    readiness: async () => [...(await missingDatabase(db)), ...options.missing()],
    tls: tls?.current(),
    isBehindTls: dashboard.url?.startsWith('https:') ?? false,
    names: [...names, ...(dashboard.url === undefined ? [] : [new URL(dashboard.url).hostname])].map(
      (name) => asHost(name.toLowerCase()) ?? '',
    ),
  });
  await door.app.listen({ host: dashboard.host, port: dashboard.port });
  const { port } = door.app.server.address() as AddressInfo;
  const shownHost = isEveryAddress(dashboard.host) ? (names[0] ?? 'localhost') : dashboard.host;
  url ||= `${tls ? 'https' : 'http'}://${asHost(shownHost)}:${port}`;
  const renewing = every(
    minuteMs,
    async () => {
      const fresh = await tls?.refresh();
      if (fresh) door.setTls(fresh);
    },
    (error) => logger.error({ err: error }, 'the dashboard kept its old certificate'),
  );
  return {
    ...{ url, port, setupCode },
    async close() {
      await renewing.stop();
      live.close();
      await door.app.close();
      metrics.close();
    },
  };
}

/** Plain HTTP for this machine alone: a password in the clear never leaves it. */
async function tlsFor({ dashboard, authority, clock, names }: DeskOptions): Promise<ShownTls | undefined> {
  if (dashboard.files) return tlsOfFiles(dashboard.files);
  if (isLoopback(dashboard.host) || dashboard.host === 'localhost') return undefined;
  if (dashboard.url?.startsWith('http:'))
    throw new Refusal('bad-request', 'A dashboard that others reach is an https:// address.');
  return tlsOfLanRoot(authority, clock, { names, isBehindTls: dashboard.url !== undefined });
}

const isEveryAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

async function missingDatabase(db: Database): Promise<string[]> {
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), databasePatienceMs);
    timer.unref();
  });
  return Promise.race([sql`select 1`.execute(db), late]).then(
    () => [],
    () => ['the database does not answer'],
  );
}
