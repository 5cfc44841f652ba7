/** For tests: the operators' door with real operators on a real database, and a feed that tests write. */
import type { Role } from '@rockpool/protocol/fleet/api';
import { createPasswords } from '@rockpool/signing/passwords';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { saveFact } from '../authority/facts.ts';
import type { IngestFigures } from '../ingest/ingest.ts';
import { createOperators } from '../operators/operators.ts';
import { createFeed } from '../registry/feed.ts';
import { openTestDatabase } from '../store/database.fixture.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { fleetFigures } from '../views/figures.ts';
import { createLive } from './live.ts';
import { createMetrics } from './metrics.ts';
import { createOperatorsDoor, type OperatorsDoorOptions } from './operators-door.ts';

export const host = '127.0.0.1:8444';
export const password = 'correct horse battery';
/** Of the same make as real ones, and a thousand times as quick. */
const passwords = createPasswords({ memoryKiB: 8, passes: 1 });

export const quietFigures: IngestFigures = {
  ...{ messages: { taken: 0, signature: 0 }, reports: 0, duplicates: 0, waiting: 0, lagMs: 0 },
  ...{ commits: 0, connections: 0 },
};

export async function openDoor(options: Partial<OperatorsDoorOptions> = {}) {
  const opened = await openTestDatabase();
  const { db, home } = opened;
  const clock = createClock();
  await saveFact(db, 'url', 'https://127.0.0.1:8443');
  await saveFact(db, 'pin', 'sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  const operators = createOperators({ db, clock, passwords });
  const after = (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms / 50); // a second of the dashboard is 20 ms here
    return () => clearTimeout(timer);
  };
  const errors: unknown[] = [];
  const live = createLive({ feed: createFeed(db), after, report: (error) => errors.push(error) });
  const metrics = createMetrics();
  metrics.watchFleet(() => fleetFigures(db, clock));
  metrics.watchReaders(() => live.readers());
  metrics.watchIngest(() => quietFigures);
  let missing: string[] = [];
  const { app } = await createOperatorsDoor({
    ...{ db, clock, operators, live, metrics, pages: home, names: ['fleet.example.com'] },
    logger: pino({ level: 'silent' }),
    about: () => ({ name: 'fleet.example.com', url: `http://${host}`, version: '0.1.0' }),
    readiness: () => Promise.resolve(missing),
    ...options,
  });
  await app.ready();

  /** As a program would: no origin, no cookie but those given. */
  const ask = (
    method: NonNullable<InjectOptions['method']>,
    url: string,
    more: InjectOptions = {},
  ): Promise<LightMyRequestResponse> =>
    app.inject({ method, url, ...more, headers: { host, ...more.headers } });

  return {
    ...{ app, ask, clock, db, home, live, operators, errors },
    lose: (what: string[]) => {
      missing = what;
    },
    add: (name: string, role: Role) => operators.add({ name, role, password }, 'test'),
    /** The headers of somebody who just signed in. */
    async signIn(name: string): Promise<{ cookie: string }> {
      const answer = await ask('POST', '/api/login', { payload: { name, password } });
      return { cookie: cookieOf(answer) };
    },
    async [Symbol.asyncDispose]() {
      live.close();
      await app.close();
      metrics.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

export type Door = Awaited<ReturnType<typeof openDoor>>;

export const cookieOf = (answer: LightMyRequestResponse): string => {
  const [cookie] = answer.cookies;
  return cookie ? `${cookie.name}=${cookie.value}` : '';
};

export const codeIn = (answer: LightMyRequestResponse): string =>
  answer.statusCode < 400 ? 'ok' : (answer.json() as { error: { code: string } }).error.code;
