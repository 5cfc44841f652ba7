import { createConnection } from 'node:net';
import { ChatCompletionChunk } from '@rockpool/protocol/openai';
import { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ask,
  askChat,
  type Door,
  framesOf,
  hello,
  openDoor,
  refusalIn,
  until,
  weather,
} from './openai-door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const chat = (body: object, headers?: Record<string, string>) => askChat(door, body, headers);
const refusal = async (body: object, status?: number) => refusalIn(await chat(body), status);

async function chunksOf(body: object): Promise<ChatCompletionChunk[]> {
  const answer = await chat({ stream: true, ...body });
  expect(answer.status).toBe(200);
  const frames = framesOf(await answer.text());
  expect(frames.pop()).toBe('[DONE]');
  return frames.map((frame) => z.strictObject(ChatCompletionChunk.shape).parse(JSON.parse(frame)));
}

describe('streams', () => {
  test('begin with the role and end with a reason, under one id, created, model and fingerprint', async () => {
    door.model.says({ text: 'Good morning' });
    const chunks = await chunksOf({});
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Good morning');
    const heads = chunks.map(({ id, created, model, system_fingerprint }) =>
      JSON.stringify([id, created, model, system_fingerprint]),
    );
    expect(new Set(heads).size).toBe(1);
    expect(chunks[0]).toMatchObject({
      model: 'pebble',
      created: 1_800_000_000,
      system_fingerprint: 'fp_0000000000',
    });
  });

  test('tell usage in a last chunk of its own, and only when asked', async () => {
    door.model.says({ text: 'one two three' }, { text: 'one two three' });
    const asked = await chunksOf({ stream_options: { include_usage: true } });
    expect(asked.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 3, prompt_tokens: 2, total_tokens: 5 },
    });
    expect(asked.slice(0, -1).some((chunk) => 'usage' in chunk)).toBe(false);
    const notAsked = await chunksOf({});
    expect(notAsked.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk))).toBe(true);
  });

  test('give a tool call its index, id, type and name first, then its arguments as strings', async () => {
    door.model.says({
      calls: [
        { name: 'weather', arguments: '{"town":"Ulm"}' },
        { name: 'weather', arguments: '{"town":"Bonn"}' },
      ],
    });
    const chunks = await chunksOf({ tools: [weather] });
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(deltas[0]).toEqual({
      index: 0,
      id: 'call_0',
      type: 'function',
      function: { name: 'weather', arguments: '' },
    });
    expect(deltas.find(({ index }) => index === 1)).toMatchObject({
      id: 'call_1',
      function: { name: 'weather' },
    });
    const written = deltas.filter(({ index }) => index === 1).map((delta) => delta.function.arguments);
    expect(JSON.parse(written.join(''))).toEqual({ town: 'Bonn' });
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('that are capped say so', async () => {
    door.model.says({ text: 'one two three four' });
    const chunks = await chunksOf({ max_tokens: 2 });
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  test('are not held back by a proxy, and name the request', async () => {
    const answer = await chat({ stream: true });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{10,}$/);
    expect(answer.headers.get('content-encoding')).toBeNull();
    await answer.text();
  });

  test('that fail midway say so in OpenAI’s shape, and end', async () => {
    door.model.says({
      text: 'Half an',
      failure: new Refusal('model-failed', 'The model stopped; try again.'),
    });
    const frames = framesOf(await (await chat({ stream: true })).text());
    expect(JSON.parse(frames.at(-1) ?? '')).toEqual({
      error: {
        message: 'The model stopped; try again.',
        type: 'server_error',
        param: null,
        code: 'server_error',
      },
    });
    expect(frames).not.toContain('[DONE]');
    expect(door.audited).toMatchObject([{ outcome: 'model-failed', person: 1 }]);
  });

  test('that fail by a fault of ours tell nothing of it, and log it', async () => {
    door.model.says({ text: 'Half an', failure: new TypeError('undefined is not a secret path') });
    const text = await (await chat({ stream: true })).text();
    expect(text).not.toContain('secret path');
    expect(text).toContain('"code":"server_error"');
    expect(door.logged.join('')).toContain('secret path');
  });

  test('that fail before the first word have a status', async () => {
    door.model.says({ queued: 2, failure: new Refusal('context-exceeded', 'That is too long; send less.') });
    expect(await refusal({ stream: true })).toMatchObject({
      code: 'context_length_exceeded',
      type: 'invalid_request_error',
    });
  });
});

describe('while the model reads', () => {
  test('a comment without a blank line keeps the connection', async () => {
    await using patient = await openDoor({ pingMs: 5 });
    const { promise, resolve } = Promise.withResolvers<void>();
    patient.model.says({ text: 'at last', queued: 1, until: promise });
    const answer = await ask(patient, '/chat/completions', { ...hello, stream: true });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (; !text.includes(': ping\n'); ) text += (await reader?.read())?.value ?? '';
    resolve();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) text += read.value;
    expect(text).toMatch(/: ping\n(: ping\n|data: )/);
    expect(text).not.toContain(': ping\n\n');
    expect(framesOf(text).at(-1)).toBe('[DONE]');
  });

  test('a reader that takes nothing is let go', async () => {
    await using impatient = await openDoor({ stalledMs: 50 });
    const long = 'x'.repeat(100_000);
    impatient.model.says({ text: Array.from({ length: 400 }, () => long), endless: true });
    const socket = createConnection(Number(new URL(impatient.url).port), '127.0.0.1');
    const body = JSON.stringify({ ...hello, stream: true });
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer rp_ada\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => impatient.model.abandoned === 1);
    socket.destroy();
    await until(() => impatient.audited.length === 1);
    expect(impatient.audited[0]?.outcome).toBe('aborted');
  });
});

describe('a client that leaves', () => {
  test.each([true, false])('cancels its answer (stream: %s)', async (stream) => {
    door.model.says({ text: 'so', endless: true });
    const leaving = new AbortController();
    const answer = fetch(`${door.url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'rp_ada' },
      body: JSON.stringify({ ...hello, stream }),
      signal: leaving.signal,
    }).then((response) => response.text());
    await until(() => door.model.running === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await until(() => door.model.abandoned === 1 && door.audited.length === 1);
    expect(door.model.running).toBe(0);
    expect(door.audited[0]).toMatchObject({ outcome: 'aborted', person: 1 });
  });

  test('cancels its place in the queue', async () => {
    door.model.says({ queued: 3, until: new Promise(() => undefined) });
    const leaving = new AbortController();
    const answer = fetch(`${door.url}/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer rp_ada' },
      body: JSON.stringify({ input: 'Hello', stream: true }),
      signal: leaving.signal,
    });
    await until(() => door.model.running === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await until(() => door.model.abandoned === 1);
  });
});
