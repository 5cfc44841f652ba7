import type { AddressInfo } from 'node:net';
import type { Frame, Session } from '@rockpool/protocol/chat';
import type { Principal } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ada, bob, FakeRooms, textOf } from '../../conversation/fake-rooms.ts';
import type { App } from '../app.ts';
import { createDoor } from '../server.ts';
import { sessionRoutes } from './sessions.ts';

let rooms: FakeRooms;
let app: App;
let address: string;

const principals: Record<string, Principal> = Object.fromEntries(
  [ada, bob].map((person) => [
    person.name,
    { person, via: 'cookie', scopes: ['all'], credentialId: person.id },
  ]),
);

beforeEach(async () => {
  rooms = new FakeRooms();
  app = await createDoor({
    credentials: { byCookie: async (value) => principals[value], byKey: async () => undefined },
    allowedHosts: new Set(['127.0.0.1']),
    logger: pino({ enabled: false }),
  });
  const { sessions, conversation, model, clock } = rooms;
  sessionRoutes(app, { sessions, conversation, model, clock });
  await app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await rooms.conversation.drain(0);
  await app.close();
  rooms.close();
});

function ask(
  method: string,
  path: string,
  { body, as = 'ada', signal }: { body?: unknown; as?: string; signal?: AbortSignal } = {},
) {
  return fetch(`${address}${path}`, {
    method,
    headers: {
      cookie: `rockpool=${as}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
}

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const create = (as = 'ada') => json<Session>(ask('POST', '/api/sessions', { as }));

async function say(id: string, body: unknown): Promise<Frame[]> {
  const answer = await ask('POST', `/api/sessions/${id}/turns`, { body });
  const text = await answer.text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('a chat', () => {
  test('is opened, talked in, listed, found, renamed, exported and deleted', async () => {
    const { id } = await create();
    rooms.model.says({ text: 'In the cellar.' });
    const frames = await say(id, { text: 'Where is the boiler?' });
    expect(frames[0]).toMatchObject({ type: 'accepted' });
    expect(frames.at(-1)).toMatchObject({ type: 'done', message: { text: 'In the cellar.' } });

    expect(await json(ask('GET', '/api/sessions'))).toMatchObject({
      sessions: [{ id, title: 'Where is the boiler?' }],
    });
    expect(await json(ask('GET', '/api/search?q=cellar'))).toMatchObject({ hits: [{ session: { id } }] });
    expect(
      await json(ask('PATCH', `/api/sessions/${id}`, { body: { title: '锅炉', pinned: true } })),
    ).toMatchObject({ title: '锅炉', pinned: true });
    expect(await json(ask('GET', `/api/sessions/${id}`))).toMatchObject({
      messages: [{ from: 'person' }, { from: 'assistant' }],
    });

    const exported = await ask('GET', `/api/sessions/${id}/export?format=markdown`);
    expect(exported.headers.get('content-disposition')).toBe(
      `attachment; filename="__.md"; filename*=UTF-8''%E9%94%85%E7%82%89.md`,
    );
    expect(await exported.text()).toContain('In the cellar.');
    expect(await json(ask('GET', `/api/sessions/${id}/export?format=json`))).toMatchObject({
      format: 'rockpool-session',
    });

    expect((await ask('DELETE', `/api/sessions/${id}`)).status).toBe(204);
    expect((await ask('GET', `/api/sessions/${id}`)).status).toBe(404);
    expect(rooms.model.sessions.has(id)).toBe(false);
  });

  test.each([
    ['GET', '', undefined],
    ['PATCH', '', { title: 'x' }],
    ['DELETE', '', undefined],
    ['GET', '/export', undefined],
    ['POST', '/turns', { text: 'Hello' }],
  ])('of somebody else is not there: %s %s', async (method, path, body) => {
    const { id } = await create();
    const answer = await ask(method, `/api/sessions/${id}${path}`, { as: 'bob', body });
    const nothing = await ask(method, `/api/sessions/ses_nothing${path}`, { as: 'bob', body });
    expect([answer.status, await answer.text()]).toEqual([404, await nothing.text()]);
    expect((await ask('GET', `/api/sessions/${id}`)).status).toBe(200);
  });

  test.each([
    ['POST', '/api/sessions/:id/turns', {}],
    ['POST', '/api/sessions/:id/turns', { text: '   ' }],
    ['POST', '/api/sessions/:id/turns', { text: 'x'.repeat(40_000) }],
    ['POST', '/api/sessions/:id/turns', { text: 'x', parentId: 'one' }],
    ['POST', '/api/sessions/:id/turns', { regenerate: 1.5 }],
    ['POST', '/api/sessions/:id/turns', [1]],
    ['PATCH', '/api/sessions/:id', { title: '' }],
    ['PATCH', '/api/sessions/:id', { owner: 2 }],
    ['PATCH', '/api/sessions/:id', { leaf: 9e99 }],
    ['GET', '/api/sessions?archived=maybe', undefined],
    ['GET', '/api/search', undefined],
    ['GET', '/api/sessions/:id/export?format=pdf', undefined],
  ])('%s %s %j is a 400 with one sentence', async (method, path, body) => {
    const { id } = await create();
    const answer = await ask(method, path.replace(':id', id), { body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: 'bad-request', message: expect.stringMatching(/\.$/) },
    });
  });
});

describe('the stream of a turn', () => {
  test('is one frame a line, and no proxy may hold it back', async () => {
    const { id } = await create();
    const answer = await ask('POST', `/api/sessions/${id}/turns`, { body: { text: 'Hello' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    await answer.text();
  });

  test('shows the message as accepted while the model has not said a word', async () => {
    const { id } = await create();
    const { promise, resolve } = Promise.withResolvers<void>();
    rooms.model.says({ text: 'Hi', until: promise });
    const answer = await ask('POST', `/api/sessions/${id}/turns`, { body: { text: 'Hello' } });
    const reader = answer.body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(JSON.parse(first.split('\n')[0]!)).toMatchObject({ type: 'accepted', message: { text: 'Hello' } });
    const second = await ask('POST', `/api/sessions/${id}/turns`, { body: { text: 'Hello?' } });
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ error: { code: 'conflict' } });
    resolve();
    while (!(await reader.read()).done);
    expect(rooms.shown(id).at(-1)).toMatchObject({ text: 'Hi', outcome: 'complete' });
  });

  test('ends the answer when its reader leaves, and keeps what was said', async () => {
    const { id } = await create();
    rooms.model.says({ text: 'one two three', endless: true });
    const reader = new AbortController();
    const answer = await ask('POST', `/api/sessions/${id}/turns`, {
      body: { text: 'Count' },
      signal: reader.signal,
    });
    const stream = answer.body!.getReader();
    let read = '';
    while (!read.includes('three')) read += new TextDecoder().decode((await stream.read()).value);
    reader.abort();
    while (rooms.conversation.count() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rooms.shown(id).at(-1)).toMatchObject({
      outcome: 'aborted',
      text: expect.stringMatching(/^one two three/),
    });
    expect(rooms.model).toMatchObject({ running: 0, abandoned: 1 });
    expect(textOf(await say(id, { text: 'Again' }))).toBe('You said: Again');
  });

  test('tells in its last line why an answer failed', async () => {
    const { id } = await create();
    rooms.model.says({ failure: new Refusal('busy', 'Eight people wait already.', { retryAfterS: 4 }) });
    const frames = await say(id, { text: 'Hello' });
    expect(frames.at(-1)).toMatchObject({ type: 'failed', error: { code: 'busy', retryAfterS: 4 } });
    rooms.model.says({ failure: new TypeError('a secret detail') });
    const broken = await say(id, { text: 'Hello' });
    expect(broken.at(-1)).toMatchObject({ type: 'failed', error: { code: 'failed' } });
    expect(JSON.stringify(broken)).not.toContain('secret detail');
  });

  test('a chat that is deleted while it is answered is gone, and its reader is told', async () => {
    const { id } = await create();
    rooms.model.says({ text: 'one', endless: true });
    const turn = say(id, { text: 'Count' });
    while (rooms.model.running === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await ask('DELETE', `/api/sessions/${id}`)).status).toBe(204);
    expect((await turn).at(-1)).toMatchObject({ type: 'failed', error: { code: 'aborted' } });
    expect(rooms.table.list(ada.id, false)).toEqual([]);
  });
});
