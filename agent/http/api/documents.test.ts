import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from '@rockpool/protocol/documents';
import type { Person, Principal } from '@rockpool/protocol/people';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDocuments, type Documents } from '../../documents/documents.ts';
import { fakeEmbedder } from '../../documents/fake-embedder.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { App } from '../app.ts';
import { createDoor } from '../server.ts';
import { documentRoutes } from './documents.ts';
import { libraryRoutes } from './library.ts';

const people: Record<string, Person> = {
  cleo: { id: 3, name: 'Cleo', role: 'member', createdAt: 0 },
  ada: { id: 1, name: 'Ada', role: 'admin', createdAt: 0 },
  bob: { id: 2, name: 'Bob', role: 'member', createdAt: 0 },
};
const maxBytes = 64 * 1024;

let home: string;
let store: Store;
let documents: Documents;
let app: App;
let address: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-documents-'));
  store = await openStore(home);
  documents = await createDocuments({
    ...{
      store: store.documents,
      model: fakeEmbedder(),
      folder: join(home, 'files'),
      clock: { now: () => 1_000 },
      maxBytes,
      places: [home],
      times: { stillMs: 0, goneMs: 0, soonMs: 5, everyMs: 60_000 },
    },
    report: (error) => {
      throw error;
    },
  });
  app = await createDoor({
    credentials: {
      byCookie: async (name): Promise<Principal | undefined> => {
        const person = people[name];
        return person && { person, via: 'cookie', scopes: ['all'], credentialId: person.id };
      },
      byKey: async () => undefined,
    },
    allowedHosts: new Set(['127.0.0.1']),
    logger: pino({ enabled: false }),
  });
  documentRoutes(app, { documents, audit: { record: async () => undefined } });
  libraryRoutes(app, {
    documents,
    people: { listPeople: async () => Object.values(people) },
    audit: { record: async () => undefined },
  });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  // The client keeps its connections for later.
  app.server.closeAllConnections();
  await app.close();
  await documents.close();
  await store.close();
  rmSync(home, { recursive: true });
});

interface Ask {
  as?: string;
  method?: string;
  body?: RequestInit['body'];
  headers?: Record<string, string>;
}
const ask = (
  path: string,
  { as = 'ada', method = 'GET', body = null, headers = {} }: Ask = {},
): Promise<Response> =>
  fetch(`${address}${path}`, {
    ...{ method, body, headers: { ...(as ? { cookie: `rockpool=${as}` } : {}), ...headers } },
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });
const upload = (name: string, body: RequestInit['body'], more: Ask = {}): Promise<Response> =>
  ask(`/api/documents?name=${encodeURIComponent(name)}`, { method: 'POST', body: body ?? null, ...more });

async function added(name: string, content: string, as = 'ada'): Promise<Document> {
  const { id } = (await (await upload(name, content, { as })).json()) as Document;
  const get = async () => (await (await ask(`/api/documents/${id}`, { as })).json()) as Document;
  await expect.poll(async () => (await get()).status, { timeout: 20_000 }).toBe('ready');
  return await get();
}

test('a document is added, listed, found under its passage, downloaded as it was, and deleted', async () => {
  const document = await added('报销 "handbook".md', '# Alarm\n\nThe alarm code is 4471.');
  expect(await (await ask('/api/documents')).json()).toEqual({ documents: [document] });

  const [found] = await documents.search(people['ada']!, 'alarm code');
  const view = await (await ask(`/api/passages/${found!.passage.id}`)).json();
  expect(view).toMatchObject({
    document: { id: document.id },
    passages: [{ text: 'The alarm code is 4471.' }],
  });

  const file = await ask(`/api/documents/${document.id}/file`);
  expect(await file.text()).toBe('# Alarm\n\nThe alarm code is 4471.');
  expect(file.headers.get('content-type')).toBe('application/octet-stream');
  expect(file.headers.get('content-disposition')).toBe(
    `attachment; filename="__ _handbook_.md"; filename*=UTF-8''%E6%8A%A5%E9%94%80%20%22handbook%22.md`,
  );
  expect(file.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");

  expect((await ask(`/api/documents/${document.id}`, { method: 'DELETE' })).status).toBe(204);
  for (const path of [
    `documents/${document.id}`,
    `documents/${document.id}/file`,
    `passages/${found!.passage.id}`,
  ]) {
    expect((await ask(`/api/${path}`)).status, path).toBe(404);
  }
});

test.each([
  'application/json',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'nonsense',
])('the body is the file itself, also when it claims to be %s', async (type) => {
  const response = await upload('a.txt', '{"not": parsed', { headers: { 'content-type': type } });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as Document;
  expect(await (await ask(`/api/documents/${id}/file`)).text()).toBe('{"not": parsed');
});

describe('an upload is refused', () => {
  test('when it is too large, whether it says so or not', async () => {
    const big = new Uint8Array(maxBytes + 1);
    for (const body of [big, new Blob([big]).stream()]) {
      const response = await upload('big.txt', body);
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({
        error: { code: 'too-large', message: expect.stringContaining('split it') },
      });
    }
    expect(await (await ask('/api/documents')).json()).toEqual({ documents: [] });
  });

  test('for everyone, by a member', async () => {
    const response = await ask('/api/documents?name=a.txt&scope=office', {
      as: 'bob',
      method: 'POST',
      body: 'text',
    });
    expect(response.status).toBe(403);
  });

  test.each([
    '/api/documents',
    '/api/documents?name=',
    '/api/documents?name=a&scope=all',
    `/api/documents?name=${'x'.repeat(300)}`,
  ])('without a proper name and scope: %s', async (path) =>
    expect((await ask(path, { method: 'POST', body: 'text' })).status).toBe(400),
  );

  test('by nobody', async () => expect((await upload('a.txt', 'text', { as: '' })).status).toBe(401));
});

test('an empty upload is a document that says what to do', async () => {
  const { id } = (await (await upload('a.txt', '')).json()) as Document;
  const get = async () => (await (await ask(`/api/documents/${id}`)).json()) as Document;
  await expect
    .poll(async () => (await get()).problem, { timeout: 20_000 })
    .toContain('is empty; check the original');
});

test('documents of others are not there', async () => {
  const { id } = await added('a.txt', 'The alarm code is 4471.', 'bob');
  for (const [path, method] of [
    ['', 'GET'],
    ['', 'DELETE'],
    ['/file', 'GET'],
  ]) {
    expect((await ask(`/api/documents/${id}${path}`, { method: method ?? 'GET' })).status).toBe(404);
  }
  expect(await (await ask('/api/documents')).json()).toEqual({ documents: [] });
});

test.each(['0', '-1', '1.5', 'x', '9'.repeat(30), '%00', "1'--"])(
  'there is no document numbered %s',
  async (id) => {
    for (const path of ['documents', 'passages']) {
      expect([400, 404]).toContain((await ask(`/api/${path}/${id}`)).status);
    }
  },
);

const say = (path: string, method: string, body: unknown, as = 'ada'): Promise<Response> =>
  ask(path, { as, method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const seenBy = async (as: string): Promise<string[]> => {
  const { documents: all } = (await (await ask('/api/documents', { as })).json()) as {
    documents: Document[];
  };
  return all.map(({ name }) => name);
};

test('a search is narrowed to documents, kinds and days, and finds nothing of others', async () => {
  const plan = await added('plan.md', 'The alarm code is 4471.', 'bob');
  const list = await added('list.txt', 'The alarm code is 9032.', 'bob');
  const hits = async (query: string, as = 'bob'): Promise<string[]> => {
    const answer = await ask(`/api/documents/search?q=alarm+code${query}`, { as });
    const body = (await answer.json()) as { hits: { documentName: string; passage: { text: string } }[] };
    return body.hits.map(({ documentName }) => documentName).sort();
  };
  expect(await hits('')).toEqual(['list.txt', 'plan.md']);
  expect(await hits('', 'cleo')).toEqual([]);
  expect(await hits(`&document=${plan.id}`)).toEqual(['plan.md']);
  expect(await hits(`&document=${plan.id}&document=${list.id}`)).toHaveLength(2);
  expect(await hits(`&document=${plan.id}`, 'cleo')).toEqual([]);
  expect(await hits('&kind=text')).toEqual(['list.txt']);
  expect(await hits('&since=2999-01-01')).toEqual([]);
  expect(await hits('&until=2999-01-01&limit=1')).toHaveLength(1);
  for (const wrong of ['&kind=film', '&since=soon', '&limit=0'])
    expect((await ask(`/api/documents/search?q=alarm${wrong}`)).status, wrong).toBe(400);
});

describe('sharing', () => {
  test('with a group: those in it, in every route; nobody else, administrators included', async () => {
    const group = (await (await say('/api/groups', 'POST', { name: 'Board', members: [2, 3] })).json()) as {
      id: number;
    };
    const { id } = await added('plan.md', 'The alarm code is 4471.', 'bob');
    const shared = await say(`/api/documents/${id}`, 'PATCH', { scope: 'group', group: group.id }, 'bob');
    expect(await shared.json()).toMatchObject({ scope: 'group', group: { id: group.id, name: 'Board' } });
    const [found] = await documents.search(people['bob']!, 'alarm code');
    const paths = [
      `documents/${id}`,
      `documents/${id}/file`,
      `documents/${id}/versions`,
      `passages/${found!.passage.id}`,
    ];
    for (const path of paths) {
      expect((await ask(`/api/${path}`, { as: 'cleo' })).status, path).toBe(200);
      expect((await ask(`/api/${path}`, { as: 'ada' })).status, path).toBe(404);
    }
    expect([await seenBy('cleo'), await seenBy('ada')]).toEqual([['plan.md'], []]);
    expect((await ask(`/api/documents/${id}`, { as: 'cleo', method: 'DELETE' })).status).toBe(403);

    await say(`/api/groups/${group.id}`, 'PATCH', { members: [2] });
    for (const path of paths) expect((await ask(`/api/${path}`, { as: 'cleo' })).status, path).toBe(404);
  });

  test('is one’s own business: not with groups of others, nor the office without being administrator', async () => {
    const group = (await (await say('/api/groups', 'POST', { name: 'Board', members: [3] })).json()) as {
      id: number;
    };
    const { id } = await added('plan.md', 'The alarm code is 4471.', 'bob');
    const attempts: [unknown, number][] = [
      [{ scope: 'group', group: group.id }, 404],
      [{ scope: 'group', group: 999 }, 404],
      [{ scope: 'group' }, 400],
      [{ scope: 'mine', group: group.id }, 400],
      [{ scope: 'office' }, 403],
    ];
    for (const [body, status] of attempts) {
      expect((await say(`/api/documents/${id}`, 'PATCH', body, 'bob')).status).toBe(status);
    }
    expect((await say(`/api/documents/${id}`, 'PATCH', { scope: 'office' }, 'ada')).status).toBe(404);
    const query = `name=a.txt&scope=group&group=${group.id}`;
    expect((await ask(`/api/documents?${query}`, { as: 'bob', method: 'POST', body: 'x' })).status).toBe(404);
    expect((await ask(`/api/documents?${query}`, { as: 'cleo', method: 'POST', body: 'x' })).status).toBe(
      201,
    );
  });

  test('groups and folders are made by administrators, with people that there are', async () => {
    for (const [path, body] of [
      ['/api/groups', { name: 'Board' }],
      ['/api/folders', { path: home, scope: 'office' }],
    ] as const) {
      expect((await say(path, 'POST', body, 'bob')).status, path).toBe(403);
    }
    expect((await ask('/api/folders', { as: 'bob' })).status).toBe(403);
    expect((await say('/api/groups', 'POST', { name: 'Board', members: [99] })).status).toBe(404);
    await say('/api/groups', 'POST', { name: 'Board', members: [3] });
    expect(await (await ask('/api/groups', { as: 'bob' })).json()).toEqual({ groups: [] });
  });
});

test('a new version takes the place of a document; what it no longer says is gone, and says so', async () => {
  const { id } = await added('plan.md', 'The alarm code is 4471.');
  const [found] = await documents.search(people['ada']!, 'alarm code');
  const replace = (as: string) =>
    ask(`/api/documents/${id}/file?name=plan-2.md`, { as, method: 'POST', body: 'The alarm code is 9000.' });
  expect((await replace('bob')).status).toBe(404);
  expect(await (await replace('ada')).json()).toMatchObject({ id, name: 'plan-2.md', version: 2 });
  const get = async () => (await (await ask(`/api/documents/${id}`)).json()) as Document;
  await expect.poll(async () => (await get()).status, { timeout: 20_000 }).toBe('ready');
  const gone = await ask(`/api/passages/${found!.passage.id}`);
  expect([gone.status, await gone.json()]).toMatchObject([
    410,
    {
      error: {
        code: 'gone',
        message: expect.stringContaining('plan-2.md was changed on 1970-01-01 (version 2)'),
      },
    },
  ]);
  expect(await (await ask(`/api/documents/${id}/versions`)).json()).toMatchObject({
    versions: [
      { version: 2, name: 'plan-2.md', by: 'Ada' },
      { version: 1, name: 'plan.md' },
    ],
  });
});

test('a folder is watched, tells how far it is, and is let go of', async () => {
  // The device's own folder is the parent of its files; a share lies elsewhere.
  const share = mkdtempSync(join(tmpdir(), 'rockpool-share-'));
  try {
    mkdirSync(join(share, 'deep'));
    writeFileSync(join(share, 'deep', 'alarm.md'), 'The alarm code is 4471.');
    const refused = await say('/api/folders', 'POST', { path: share, scope: 'office' });
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { message: expect.stringContaining('npx rockpool docs watch') } },
    ]);
    const folder = await documents.folders.add(people['ada']!, share, { scope: 'office' }, true);
    await expect.poll(() => seenBy('bob'), { timeout: 20_000 }).toEqual(['alarm.md']);
    await expect
      .poll(async () => await (await ask('/api/folders')).json(), { timeout: 20_000 })
      .toMatchObject({ folders: [{ id: folder.id, files: 1, ready: 1, scanning: false }] });
    expect((await say(`/api/folders/${folder.id}/look`, 'POST', {})).status).toBe(202);
    expect((await say(`/api/folders/${folder.id}`, 'PATCH', { scope: 'mine', person: 3 })).status).toBe(200);
    expect([await seenBy('bob'), await seenBy('cleo')]).toEqual([[], ['alarm.md']]);
    expect((await ask(`/api/folders/${folder.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await seenBy('cleo')).toEqual([]);
  } finally {
    rmSync(share, { recursive: true });
  }
});
