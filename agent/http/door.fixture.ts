/** For tests: the door with the real people behind it, on a database and an audit log in a folder of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '@rockpool/protocol/people';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { openAudit } from '../audit/log.ts';
import { createAuth } from '../auth/auth.ts';
import { createClock, openPeopleIn, quickPasswords } from '../auth/people.fixture.ts';
import { peopleRoutes } from './api/people.ts';
import type { App } from './app.ts';
import { createDoor, refuseUnknownPaths } from './server.ts';

export const host = 'rockpool.local:8080';
export const password = 'correct horse battery';
export const local = { authorization: 'Bearer the-local-credential' };

export async function openDoor({ secure = false, routes = (_: App): void => undefined } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-door-'));
  const clock = createClock();
  const { people, close } = openPeopleIn(folder);
  const audit = await openAudit(join(folder, 'audit'), clock);
  const auth = createAuth({
    people,
    clock,
    localCredential: 'the-local-credential',
    onRemoved: [],
    passwords: quickPasswords,
  });
  const app = await createDoor({
    credentials: auth.credentials,
    allowedHosts: new Set(['rockpool.local', '127.0.0.1', '[::1]']),
    logger: pino({ level: 'silent' }),
  });
  peopleRoutes(app, { auth, audit, secure });
  routes(app);
  refuseUnknownPaths(app);
  await app.ready();

  /** As a program would: no origin, no cookie but those given. */
  const ask = (method: InjectOptions['method'], url: string, options: InjectOptions = {}) =>
    app.inject({ method: method ?? 'GET', url, ...options, headers: { host, ...options.headers } });

  return {
    app,
    auth,
    clock,
    ask,
    /** The headers of someone who has just signed in. */
    async signIn(name: string, from = '192.168.1.20'): Promise<{ cookie: string }> {
      const answer = await ask('POST', '/api/login', { payload: { name, password }, remoteAddress: from });
      return { cookie: cookieOf(answer) };
    },
    add: (name: string, role: Person['role'] = 'member') => auth.addPerson({ name, role, password }),
    auditLines: (): Record<string, unknown>[] =>
      readFileSync(join(folder, 'audit', 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    everythingOnDisk: (): string =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('\n'),
    async close(): Promise<void> {
      await app.close();
      await audit.close();
      close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type Door = Awaited<ReturnType<typeof openDoor>>;

/** What a browser would send back. */
export const cookieOf = (answer: LightMyRequestResponse): string =>
  answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
