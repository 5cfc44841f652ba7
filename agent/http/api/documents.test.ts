import { mkdtempSync, rmSync } from 'node:fs';
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

const people: Record<string, Person> = {
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
  documentRoutes(app, { documents });
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
