import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryNight } from '@rockpool/protocol/nights';
import type { Person, Principal } from '@rockpool/protocol/people';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AuditLog, openAudit } from '../../audit/log.ts';
import { type Consolidation, createConsolidation } from '../../memory/consolidation/consolidation.ts';
import { createNights } from '../../memory/consolidation/nights-seen.ts';
import { ada, bob, eve, FakeEmbedder } from '../../memory/memory.fixture.ts';
import { createMemory, type Memory } from '../../memory/memory.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { App } from '../app.ts';
import { describeApi } from '../openapi.ts';
import { createDoor } from '../server.ts';
import { nightRoutes } from './nights.ts';

const people: Record<string, Person> = { ada, bob, eve };
let now = 1_000;
const clock = { now: () => (now += 1) };

let home: string;
let store: Store;
let audit: AuditLog;
let consolidation: Consolidation;
let memory: Memory;
let app: App;
let restored = 0;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-night-routes-'));
  store = await openStore(home);
  audit = await openAudit(join(home, 'audit'), clock);
  memory = createMemory({ facts: store.memory, model: new FakeEmbedder(), clock });
  consolidation = createConsolidation({ facts: store.memory, clock });
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
  restored = 0;
  nightRoutes(app, { nights: createNights(consolidation, () => (restored += 1)), audit });
});
afterEach(async () => {
  await app.close();
  await memory.close();
  await audit.close();
  await store.close();
  rmSync(home, { recursive: true });
});

async function ask(as: string, method: 'GET' | 'POST', url: string, payload?: object) {
  const headers = {
    ...{ host: 'rockpool.local', cookie: `rockpool=${as}`, 'sec-fetch-site': 'same-origin' },
    origin: 'http://rockpool.local',
  };
  const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  return { status: answer.statusCode, body: answer.json() };
}

const nightsOf = async (as: string): Promise<MemoryNight[]> =>
  (await ask(as, 'GET', '/api/memory/nights')).body.nights;

async function tellTwice(person: Person): Promise<void> {
  for (const text of ['I like tea with milk.', 'I like tea with milk!', 'I like rice.'])
    await memory.add(person, { text, scope: 'mine' });
}
const told = async (person: Person): Promise<string[]> =>
  (await store.memory.list(person.id, { limit: 9 })).map(({ text }) => text);

test('everybody sees and takes back their own night; an admin sees counts of others and takes back all', async () => {
  await tellTwice(bob);
  await tellTwice(eve);
  await consolidation.run(new AbortController().signal);
  expect(await nightsOf('bob')).toMatchObject([
    { night: 1, whose: 'mine', merged: 1, refused: 0, undone: 0 },
  ]);
  expect(await nightsOf('ada')).toMatchObject([{ night: 1, whose: 'others', merged: 2 }]);
  expect(await told(bob)).toEqual(['I like rice.', 'I like tea with milk!']);

  expect((await ask('bob', 'POST', '/api/memory/nights/1/undo', {})).body).toEqual({ restored: 1 });
  expect(await told(bob)).toEqual(['I like rice.', 'I like tea with milk!', 'I like tea with milk.']);
  expect(await told(eve)).toHaveLength(2);
  expect(await nightsOf('bob')).toMatchObject([{ undone: 1 }]);

  const everyone = { whose: 'everyone' };
  expect((await ask('bob', 'POST', '/api/memory/nights/1/undo', everyone)).status).toBe(403);
  expect((await ask('ada', 'POST', '/api/memory/nights/1/undo', everyone)).body).toEqual({ restored: 1 });
  expect(await told(eve)).toHaveLength(3);
  expect(restored).toBe(2);
  expect((await ask('ada', 'POST', '/api/memory/nights/1/undo', everyone)).status).toBe(404);
  expect((await ask('bob', 'POST', '/api/memory/nights/7/undo', {})).status).toBe(404);
});
