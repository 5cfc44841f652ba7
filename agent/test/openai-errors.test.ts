/** Errors in OpenAI's shape, with a status that its clients understand; and one audit line for each request. */
import { request as httpRequest } from 'node:http';
import { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeModel } from './fake-model.ts';
import { ask, askChat, type Door, framesOf, hello, openDoor, openDoorTo, refusalIn } from './openai-door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const chat = (body: object, headers?: Record<string, string>) => askChat(door, body, headers);
const refusal = async (body: object, status?: number) => refusalIn(await chat(body), status);

describe('errors have OpenAI’s shape and a status that clients understand', () => {
  async function shaped(answer: Response, status: number) {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    const { error } = (await answer.json()) as { error: Record<string, string | null> };
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    return error;
  }

  test('401 without a key, and with a wrong one', async () => {
    for (const authorization of ['', 'Bearer wrong']) {
      const error = await shaped(await chat({}, { authorization }), 401);
      expect(error).toMatchObject({ code: 'invalid_api_key', type: 'authentication_error' });
    }
    expect(door.audited).toMatchObject([
      { person: null, via: 'none', outcome: 'not-signed-in', action: 'POST /v1/chat/completions' },
      { person: null },
    ]);
  });

  test('403 for a key without the scope', async () => {
    const error = await shaped(await chat({}, { authorization: 'Bearer rp_lister' }), 403);
    expect(error['type']).toBe('permission_error');
    expect(
      (await fetch(`${door.url}/models`, { headers: { authorization: 'Bearer rp_lister' } })).status,
    ).toBe(200);
  });

  test('404 for an unknown model, which names a known one', async () => {
    const error = await refusal({ model: 'gpt-4o' }, 404);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(error['message']).toContain("'pebble'");
    for (const model of ['pebble', 'pebble.gguf', 'rockpool', null])
      expect((await chat({ model })).status).toBe(200);
  });

  test('404 and 405 for paths and methods nobody serves', async () => {
    await shaped(await ask(door, '/completions', {}), 404);
    await shaped(await ask(door, '/models', {}), 405);
    await shaped(await fetch(`${door.url}/chat/completions`, { headers: { 'x-api-key': 'rp_ada' } }), 405);
  });

  test('413 for what is too large, 415 and 400 for what is not JSON', async () => {
    await shaped(await chat({ messages: [{ role: 'user', content: 'x'.repeat(5_000_000) }] }), 413);
    await shaped(await ask(door, '/chat/completions', '<a/>', { 'content-type': 'application/xml' }), 415);
    await shaped(await ask(door, '/chat/completions', '{"messages": [', {}), 400);
    await shaped(await ask(door, '/chat/completions', '', {}), 400);
  });

  test('429 with the seconds to wait, for each key alone', async () => {
    await using limited = await openDoor({ limits: { requestsPerMinute: 2 } });
    const once = (key: string) =>
      ask(limited, '/chat/completions', hello, { authorization: `Bearer ${key}` });
    const first = await once('rp_ada');
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    await once('rp_ada');
    const third = await once('rp_ada');
    expect(third.headers.get('retry-after')).toBe('30');
    expect(third.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(third.headers.get('x-ratelimit-reset-requests')).toBe('60.000s');
    expect(await shaped(third, 429)).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect((await once('rp_bo')).status).toBe(200);
    limited.clock.ms += 30_000;
    expect((await once('rp_ada')).status).toBe(200);
  });

  test.each([true, false])(
    '503 with the length of the queue when it is full (stream: %s)',
    async (stream) => {
      door.model.refusal = new Refusal('busy', 'Too many are waiting; try again soon.', {
        retryAfterS: 3,
        queueLength: 64,
      });
      const answer = await chat({ stream });
      expect(answer.headers.get('retry-after')).toBe('3');
      expect(answer.headers.get('x-queue-length')).toBe('64');
      expect(await shaped(answer, 503)).toMatchObject({ code: 'busy' });
    },
  );

  test('the reason, and no advice to wait, when the weights can not be run', async () => {
    const model = new FakeModel({ loading: true });
    model.failLoading(new Refusal('model-failed', 'The file is not a GGUF; give one with --model.'));
    await using lame = await openDoorTo(model);
    const error = await shaped(await ask(lame, '/chat/completions', hello), 502);
    expect(error['message']).toBe('The file is not a GGUF; give one with --model.');
  });

  test('one line, whatever was sent to stand in it', async () => {
    const error = await refusal({ model: 'a\r\nx: y\u0000\ud800z' }, 404);
    expect(error['message']).toContain("'a x: y z'");
  });

  test('503 while the model loads, on every route', async () => {
    await using cold = await openDoorTo(new FakeModel({ loading: true }));
    const { url } = cold;
    const answers = [
      await ask(cold, '/chat/completions', hello),
      await ask(cold, '/responses', { input: 'Hello' }),
      await ask(cold, '/embeddings', { input: 'Hello' }),
      await fetch(`${url}/models`, { headers: { 'x-api-key': 'rp_ada' } }),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('retry-after')).toBe('2');
      const error = await shaped(answer, 503);
      expect(error['message']).toMatch(/^Loading model/);
    }
    cold.model.finishLoading();
    expect((await ask(cold, '/chat/completions', hello)).status).toBe(200);
  });
});

describe('pages of other sites', () => {
  test('get nothing, and a preflight needs no key', async () => {
    const preflight = await fetch(`${door.url}/chat/completions`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const foreign = await chat({}, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const foreignPreflight = await fetch(`${door.url}/chat/completions`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreignPreflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('every request leaves one audit line, and neither it nor the log holds what was said', async () => {
  door.model.says({ text: 'the answer is 4471' });
  await (
    await chat({ messages: [{ role: 'user', content: 'what is the alarm code?' }], stream: true })
  ).text();
  await chat({ n: 2, messages: [{ role: 'user', content: 'the alarm code' }] });
  await ask(door, '/embeddings', { input: 'alarm code' });
  await fetch(`${door.url}/models`, { headers: { 'x-api-key': 'rp_ada' } });
  expect(door.audited.map(({ action, outcome }) => `${action}: ${outcome}`)).toEqual([
    'POST /v1/chat/completions: complete',
    'POST /v1/chat/completions: bad-request',
    'POST /v1/embeddings: complete',
    'GET /v1/models: complete',
  ]);
  expect(JSON.stringify(door.audited) + door.logged.join('')).not.toMatch(/alarm|4471/);
});

test('no answer goes out whole without its audit line', async () => {
  door.breakAudit();
  expect((await chat({})).status).toBe(500);
  const frames = framesOf(await (await chat({ stream: true })).text());
  expect(frames).not.toContain('[DONE]');
  expect(JSON.parse(frames.at(-1) ?? '')).toMatchObject({ error: { code: 'server_error' } });
  expect(door.logged.join('')).toContain('the disk is gone');
});

test('a body that never comes whole is no crash', async () => {
  await new Promise<void>((resolve) => {
    const headers = {
      authorization: 'Bearer rp_ada',
      'content-type': 'application/json',
      'content-length': '1000',
    };
    const half = httpRequest(`${door.url}/chat/completions`, { method: 'POST', headers });
    half.on('error', () => resolve());
    half.write('{"messages": [', () => half.destroy());
    half.on('close', () => resolve());
  });
  expect((await chat({})).status).toBe(200);
});
