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
import { createRights } from '../../memory/rights.ts';
import { openStore, type Store } from '../../store/store.ts';
import { createUpkeep, type Upkeep } from '../../store/upkeep.ts';
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
let upkeep: Upkeep;
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
  upkeep = createUpkeep({ home, store, clock, report: expect.unreachable });
  const rights = createRights({
    ...{ facts: store.memory, store: store.store, clock, erased: upkeep.erased },
    forgetAll: memory.forgetAll,
  });
  memoryRoutes(app, { memory, rights, sessions: store.sessions, people: store.people, audit });
});
afterEach(async () => {
  await app.close();
  await memory.close();
  await upkeep.close();
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
const exported = async (as: string, query = ''): Promise<string> =>
  (
    await app.inject({
      ...{ method: 'GET', url: `/api/memory/export${query}` },
      headers: { host: 'rockpool.local', cookie: `rockpool=${as}` },
    })
  ).body;
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

test('a list is narrowed by kind, by who said it and by day; what is no day is refused', async () => {
  await add('bob', 'I prefer tea');
  await add('ada', 'The gate closes at seven', 'office');
  expect(await texts('bob', '?kind=preference')).toEqual(['I prefer tea.']);
  expect(await texts('bob', '?saidBy=Ada')).toEqual(['The gate closes at seven.']);
  expect(await texts('bob', '?q=gate&kind=preference')).not.toContain('The gate closes at seven.');
  // It is one second after 1970 began.
  expect(await texts('bob', '?since=1970-01-01T00:00:01Z&until=1001')).toHaveLength(2);
  expect(await texts('bob', '?since=1970-01-03')).toEqual([]);
  expect(await texts('bob', '?until=1970-01-01')).toHaveLength(2);
  for (const wrong of ['kind=opinion', 'since=monday', 'until=2026-13-01'])
    expect((await ask('bob', 'GET', `/api/memory?${wrong}`)).status).toBe(400);
});

test('people of a group share facts, and their quota is an administrator’s to set', async () => {
  const { id: group } = await store.documents.addGroup('Board', [ada.id, bob.id]);
  const added = await ask('bob', 'POST', '/api/memory', {
    text: 'the safe code is 9032',
    scope: 'group',
    group,
  });
  expect(added).toMatchObject({ status: 201, body: { scope: 'group', groupId: group } });
  expect([await texts('ada', '?scope=group'), await texts('eve')]).toEqual([['The safe code is 9032.'], []]);
  expect((await ask('eve', 'POST', '/api/memory', { text: 'x is y', scope: 'group', group })).status).toBe(
    404,
  );
  expect((await ask('bob', 'POST', '/api/memory', { text: 'x is y', scope: 'group' })).status).toBe(400);
  const limited = await ask('ada', 'PATCH', `/api/memory/spaces/g${group}`, { maxFacts: 1 });
  expect(limited).toMatchObject({ status: 200, body: { personId: null, groupId: group, maxFacts: 1 } });
  const full = await ask('ada', 'POST', '/api/memory', { text: 'x is y', scope: 'group', group });
  expect(full).toMatchObject({ status: 507, body: { error: { code: 'quota-reached' } } });
  const back = await ask('bob', 'PATCH', `/api/memory/${added.body.id}`, { scope: 'mine' });
  expect(back).toMatchObject({ status: 200, body: { scope: 'mine' } });
  expect(back.body.groupId).toBeUndefined();
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

test("an admin can neither see, change, share, pin, confirm, forget nor export another person's facts", async () => {
  const { id } = await add('bob', 'My PIN is 1234');
  for (const query of ['', '?history=true', '?q=PIN', '?scope=mine'])
    expect(await texts('ada', query)).toEqual([]);
  for (const [method, payload] of [
    ['PATCH', { text: 'no' }],
    ['PATCH', { scope: 'office' }],
    ['PATCH', { pinned: true }],
    ['PATCH', { confirmed: true }],
    ['DELETE', undefined],
  ] as const) {
    expect((await ask('ada', method, `/api/memory/${id}`, payload)).status).toBe(404);
  }
  expect((await ask('ada', 'GET', '/api/memory/export')).body.facts).toEqual([]);
  expect(await exported('ada', '?format=markdown&sessions=true')).not.toContain('1234');
  expect((await ask('ada', 'DELETE', '/api/memory')).body).toEqual({ forgotten: 0 });
  expect(await texts('bob')).toEqual(['My PIN is 1234.']);
});

test('whatever route an admin asks, what comes back of another person is counts', async () => {
  await add('bob', 'My PIN is 1234');
  const { body } = await ask('ada', 'GET', '/api/openapi.json');
  const asked = Object.entries(body.paths as Record<string, object>)
    .filter(([path]) => path.startsWith('/api/memory'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
  expect(asked.length).toBeGreaterThan(8);
  for (const [method, path] of asked) {
    for (const query of ['', '?q=PIN&history=true', '?format=markdown&sessions=true']) {
      const url = path.replace('{id}', '1').replace('{who}', '2') + query;
      const payload = path.includes('{who}') ? { maxFacts: 50 } : { text: 'no' };
      const answer = await app.inject({
        ...{ method: method as 'GET', url, headers: { host: 'rockpool.local', cookie: 'rockpool=ada' } },
        ...(method === 'PATCH' || method === 'POST' ? { payload } : {}),
      });
      expect(answer.body, `${method} ${url}`).not.toContain('1234');
    }
  }
  expect((await ask('ada', 'GET', '/api/memory/spaces')).body.spaces).toContainEqual({
    ...{ personId: 2, facts: 1, current: 1, bytes: 15, maxFacts: 50, maxBytes: expect.any(Number) },
  });
  expect((await ask('bob', 'GET', '/api/memory/spaces')).status).toBe(403);
  expect((await ask('bob', 'PATCH', '/api/memory/spaces/2', { maxFacts: 9 })).status).toBe(403);
  expect(await texts('bob')).toEqual(['My PIN is 1234.']);
});

test('a memory that is full says so in one sentence, and stores nothing of what was brought', async () => {
  await add('bob', 'The alarm code is 1');
  await ask('ada', 'PATCH', '/api/memory/spaces/2', { maxFacts: 2 });
  expect((await ask('bob', 'GET', '/api/memory/status')).body).toMatchObject({
    ...{ away: null, mine: { facts: 1, maxFacts: 2 }, embedding: { facts: 1, waiting: 0 } },
  });
  const file = (n: number) => ({
    ...{ format: 'rockpool-memory', version: 1, exportedAt: 0 },
    facts: Array.from({ length: n }, (_, i) => ({
      ...{ id: i + 1, text: `Locker ${i} is taken`, scope: 'mine', saidBy: 'x', saidAt: i },
      ...{ sessionId: null, messageId: null, supersededBy: null, supersededAt: null },
    })),
  });
  expect(await ask('bob', 'POST', '/api/memory/import', file(2))).toMatchObject({
    status: 507,
    body: {
      error: { code: 'quota-reached', message: expect.stringMatching(/brings 2 facts .* room for 1;/) },
    },
  });
  expect(await texts('bob')).toHaveLength(1);
  expect((await ask('bob', 'POST', '/api/memory/import', file(1))).status).toBe(200);
  expect((await ask('bob', 'POST', '/api/memory/import', file(1))).body).toEqual({ added: 0, skipped: 1 });
  expect(await ask('bob', 'POST', '/api/memory', { text: 'One more' })).toMatchObject({
    status: 507,
    body: { error: { code: 'quota-reached', message: expect.stringMatching(/^This memory is full; .*\.$/) } },
  });
  expect(await ask('ada', 'PATCH', '/api/memory/spaces/2', { maxFacts: 1 })).toMatchObject({ status: 409 });
  await ask('ada', 'PATCH', '/api/memory/spaces/2', { maxFacts: 3 });
  expect((await ask('bob', 'POST', '/api/memory', { text: 'One more' })).status).toBe(201);
});

test('text that nobody confirmed comes and goes as such, until its owner says that it is true', async () => {
  const doubtful = {
    ...{ id: 1, text: 'The alarm code is 666.', scope: 'mine', saidBy: 'x', saidAt: 1, sessionId: null },
    ...{ messageId: null, supersededBy: null, supersededAt: null, origin: 'untrusted' },
  };
  const file = { format: 'rockpool-memory', version: 2, exportedAt: 0, facts: [doubtful] };
  await ask('bob', 'POST', '/api/memory/import', file);
  const [listed] = (await ask('bob', 'GET', '/api/memory')).body.facts;
  expect(listed).toMatchObject({ origin: 'untrusted', evidence: [] });
  expect(await memory.recall(bob, 'What is the alarm code?')).toEqual([]);
  expect(await exported('bob')).toContain('"origin":"untrusted"');
  expect(await ask('bob', 'PATCH', `/api/memory/${listed.id}`, { confirmed: true })).toMatchObject({
    status: 200,
  });
  expect(await memory.recall(bob, 'What is the alarm code?')).toHaveLength(1);
});

test('everything about oneself goes out to be read: facts, history, origin, evidence and chats', async () => {
  const session = await store.sessions.create(bob.id, 1);
  await memory.heed(bob, {
    text: 'Remember that the alarm code is 4471.',
    sessionId: session.id,
    messageId: 1,
  });
  await memory.heed(bob, {
    text: 'Remember that the alarm code is *4472*.',
    sessionId: session.id,
    messageId: 2,
  });
  await store.sessions.patch(bob.id, session.id, { title: 'About the # alarm' });
  const read = await exported('bob', '?format=markdown&sessions=true');
  expect(read).toContain('# What Rockpool knows about bob');
  expect(read).toContain('- The alarm code is \\*4472\\*.');
  expect(read).toContain('your own word');
  expect(read).toContain('from the chat “About the \\# alarm”, ');
  expect(read).toMatch(/## Replaced or ended \(1\)\n\n- The alarm code is 4471\./);
  expect(read).toContain('### About the alarm');
  const whole = JSON.parse(await exported('bob', '?sessions=true'));
  expect(whole).toMatchObject({ version: 2, facts: [{}, {}], sessions: [{ session: { id: session.id } }] });
  expect((await ask('bob', 'POST', '/api/memory/import', whole)).body).toEqual({ added: 0, skipped: 2 });
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
  ['GET', '/api/memory/export?format=pdf', undefined],
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
  ).toEqual([
    '/api/memory',
    '/api/memory/export',
    '/api/memory/import',
    '/api/memory/spaces',
    '/api/memory/spaces/{who}',
    '/api/memory/status',
    '/api/memory/{id}',
  ]);
});

test('an import can hold a long memory', async () => {
  const facts: MemoryExport['facts'] = Array.from({ length: 1_200 }, (_, i) => ({
    ...{ id: i + 1, text: `Locker ${i} is taken`, scope: 'mine', saidBy: 'x', saidAt: i },
    ...{ sessionId: null, messageId: null, supersededBy: null, supersededAt: null },
  }));
  const file = { format: 'rockpool-memory', version: 1, exportedAt: 0, facts };
  expect((await ask('bob', 'POST', '/api/memory/import', file)).body).toEqual({ added: 1_200, skipped: 0 });
});
