import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fact, MemoryExport } from '@rockpool/protocol/memory';
import type { Person, Principal } from '@rockpool/protocol/people';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditLog, openAudit } from '../../audit/log.ts';
import { ada, bob, eve, FakeEmbedder } from '../../memory/memory.fixture.ts';
import { createMemory, type Memory } from '../../memory/memory.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { App } from '../app.ts';
import { describeApi } from '../openapi.ts';
import { createDoor } from '../server.ts';
import { memoryRoutes } from './memory.ts';

const people: Record<string, Person> = { ada, bob, eve };
const clock = { now: () => 1_000 };

let home: string;
let store: Store;
let audit: AuditLog;
let memory: Memory;
let app: App;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-memory-routes-'));
  store = await openStore(home);
  audit = await openAudit(join(home, 'audit'), clock);
  memory = createMemory({ facts: store.memory, model: new FakeEmbedder(), clock });
  app = await createDoor({
    credentials: {
      byCookie: async (name): Promise<Principal | undefined> => {
        const person = people[name];
        return person && { person, via: 'cookie', scopes: ['all'], credentialId: person.id };
      },
      byKey: async () => undefined,
    },
    allowedHosts: new Set(['rockpool.local']),
    logger: pino({ enabled: false }),
  });
  await describeApi(app);
  memoryRoutes(app, { memory, audit });
});
afterEach(async () => {
  await app.close();
  await memory.close();
  await audit.close();
  await store.close();
  rmSync(home, { recursive: true });
});

async function ask(as: string, method: InjectOptions['method'], url: string, payload?: object) {
  const answer = await app.inject({
    ...{ method: method ?? 'GET', url, headers: { host: 'rockpool.local', cookie: `rockpool=${as}` } },
    ...(payload ? { payload } : {}),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? null : answer.json(),
  };
}
const add = async (as: string, text: string, scope = 'mine'): Promise<Fact> =>
  (await ask(as, 'POST', '/api/memory', { text, scope })).body;
const texts = async (as: string, query = ''): Promise<string[]> =>
  (await ask(as, 'GET', `/api/memory${query}`)).body.facts.map(({ text }: Fact) => text);

test('a fact is added, found, corrected, and forgotten', async () => {
  const { status, body } = await ask('bob', 'POST', '/api/memory', { text: 'the alarm code is 4471' });
  expect(status).toBe(201);
  expect(body).toMatchObject({ text: 'The alarm code is 4471.', scope: 'mine', saidBy: 'bob' });
  const corrected = await ask('bob', 'PATCH', `/api/memory/${body.id}`, { text: 'The alarm code is 4472.' });
  expect(corrected).toMatchObject({ status: 200, body: { text: 'The alarm code is 4472.' } });
  expect(await texts('bob')).toEqual(['The alarm code is 4472.']);
  expect(await texts('bob', '?history=true')).toHaveLength(2);
  expect(await texts('bob', '?q=alarm')).toHaveLength(1);
  expect(await ask('bob', 'DELETE', `/api/memory/${corrected.body.id}`)).toMatchObject({
    status: 204,
    body: null,
  });
  expect(await texts('bob', '?history=true')).toEqual([]);
});

test('long lists come in pages', async () => {
  for (let i = 0; i < 5; i += 1) await add('bob', `Locker ${i} is taken`);
  const first = await ask('bob', 'GET', '/api/memory?limit=2');
  const last = first.body.facts.at(-1).id;
  expect(await texts('bob', `?limit=2&before=${last}`)).toEqual(['Locker 2 is taken.', 'Locker 1 is taken.']);
});

describe("the office's memory", () => {
  test('is made by admins and seen by all', async () => {
    expect(await ask('bob', 'POST', '/api/memory', { text: 'x is y', scope: 'office' })).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', message: expect.stringMatching(/administrator/) } },
    });
    const { id } = await add('ada', 'Visitors park behind the bakery', 'office');
    const own = await add('ada', 'The rent is 900');
    expect(await ask('ada', 'PATCH', `/api/memory/${own.id}`, { scope: 'office' })).toMatchObject({
      status: 200,
    });
    expect(await texts('bob', '?scope=office')).toHaveLength(2);
    expect(await texts('bob', '?scope=mine')).toEqual([]);
    for (const [method, payload] of [
      ['PATCH', { text: 'no' }],
      ['DELETE', undefined],
    ] as const) {
      expect((await ask('bob', method, `/api/memory/${id}`, payload)).status).toBe(403);
    }
  });
});

test("an admin can neither see, change, share, forget nor export another person's facts", async () => {
  const { id } = await add('bob', 'My PIN is 1234');
  for (const query of ['', '?history=true', '?q=PIN', '?scope=mine'])
    expect(await texts('ada', query)).toEqual([]);
  for (const [method, payload] of [
    ['PATCH', { text: 'no' }],
    ['PATCH', { scope: 'office' }],
    ['DELETE', undefined],
  ] as const) {
    expect((await ask('ada', method, `/api/memory/${id}`, payload)).status).toBe(404);
  }
  expect((await ask('ada', 'GET', '/api/memory/export')).body.facts).toEqual([]);
  expect((await ask('ada', 'DELETE', '/api/memory')).body).toEqual({ forgotten: 0 });
  expect(await texts('bob')).toEqual(['My PIN is 1234.']);
});

test('all of it goes out as a file, and comes in again, once', async () => {
  await add('bob', 'The alarm code is 1');
  await add('bob', 'The alarm code is 2');
  const { body, headers } = await ask('bob', 'GET', '/api/memory/export');
  expect(headers['content-disposition']).toContain('attachment');
  expect((await ask('bob', 'DELETE', '/api/memory')).body).toEqual({ forgotten: 1 });
  expect(await texts('bob', '?history=true')).toEqual([]);
  expect((await ask('bob', 'POST', '/api/memory/import', body)).body).toEqual({ added: 2, skipped: 0 });
  expect((await ask('bob', 'POST', '/api/memory/import', body)).body).toEqual({ added: 0, skipped: 2 });
  expect(await texts('bob')).toEqual(['The alarm code is 2.']);
});

test.each([
  ['POST', '/api/memory', {}],
  ['POST', '/api/memory', { text: '' }],
  ['POST', '/api/memory', { text: 'x'.repeat(3_000) }],
  ['POST', '/api/memory', { text: 'x', scope: 'all' }],
  ['POST', '/api/memory', { text: 'x', owner: 1 }],
  ['PATCH', '/api/memory/1', {}],
  ['PATCH', '/api/memory/nan', { text: 'x' }],
  ['GET', '/api/memory?limit=0', undefined],
  ['GET', '/api/memory?scope=all', undefined],
  ['POST', '/api/memory/import', { format: 'other', version: 1, exportedAt: 0, facts: [] }],
  [
    'POST',
    '/api/memory/import',
    { format: 'rockpool-memory', version: 1, exportedAt: 0, facts: [{ id: 1 }] },
  ],
] as const)('%s %s with %j is refused with a sentence', async (method, url, payload) => {
  const { status, body } = await ask('bob', method, url, payload);
  expect(status).toBe(400);
  expect(body.error.message).toMatch(/\.$/);
});

test('what the audit log holds of it is never what was said', async () => {
  const lines: unknown[] = [];
  const record = audit.record;
  audit.record = async (entry) => {
    lines.push(entry);
    await record(entry);
  };
  const { id } = await add('bob', 'My PIN is 1234');
  await ask('bob', 'DELETE', `/api/memory/${id}`);
  expect(lines).toMatchObject([
    { action: 'memory.add', person: 2, outcome: 'done', detail: { fact: id } },
    { action: 'memory.forget', person: 2, outcome: 'done', detail: { fact: id } },
  ]);
  expect(JSON.stringify(lines)).not.toContain('1234');
});

test('the OpenAPI document describes every route', async () => {
  const { body } = await ask('bob', 'GET', '/api/openapi.json');
  expect(
    Object.keys(body.paths)
      .filter((path) => path.startsWith('/api/memory'))
      .sort(),
  ).toEqual(['/api/memory', '/api/memory/export', '/api/memory/import', '/api/memory/{id}']);
});

test('an import can hold a long memory', async () => {
  const facts: MemoryExport['facts'] = Array.from({ length: 1_200 }, (_, i) => ({
    ...{ id: i + 1, text: `Locker ${i} is taken`, scope: 'mine', saidBy: 'x', saidAt: i },
    ...{ sessionId: null, messageId: null, supersededBy: null, supersededAt: null },
  }));
  const file = { format: 'rockpool-memory', version: 1, exportedAt: 0, facts };
  expect((await ask('bob', 'POST', '/api/memory/import', file)).body).toEqual({ added: 1_200, skipped: 0 });
});
