import { Refusal } from '@rockpool/protocol/refusal';
import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Door, openDoor, until } from './openai-door.ts';
import { callsWeather, townSchema, Weather, weatherJson } from './weather.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const Town = z.object({ town: z.string() });
const weatherTool = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather', parameters: townSchema },
};
const hello = { role: 'user' as const, content: 'Hello' };

describe('openai', () => {
  const client = (options = {}) => new OpenAI({ baseURL: door.url, apiKey: 'rp_ada', ...options });

  test('lists and finds models', async () => {
    const names = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toEqual(['pebble', 'pebble-embed']);
    expect(await client().models.retrieve('pebble')).toMatchObject({ id: 'pebble', owned_by: 'rockpool' });
    await expect(client().models.retrieve('a/b c')).rejects.toThrow(NotFoundError);
  });

  test('chats', async () => {
    door.model.says({ text: 'Good morning' });
    const answer = await client().chat.completions.create({ model: 'pebble', messages: [hello] });
    expect(answer.choices[0]?.message.content).toBe('Good morning');
    expect(answer._request_id).toBeTruthy();
  });

  test('streams raw, with usage when asked', async () => {
    door.model.says({ text: '早上 好 。' });
    const stream = await client().chat.completions.create({
      model: 'pebble',
      messages: [hello],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: number | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage?.completion_tokens ?? usage;
    }
    expect([text, usage]).toEqual(['早上 好 。', 3]);
  });

  test('streams through its helper, text and calls', async () => {
    door.model.says({ text: 'Let me see.', ...callsWeather });
    const stream = client().chat.completions.stream({
      model: 'pebble',
      messages: [hello],
      tools: [weatherTool],
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Let me see.',
        tool_calls: [{ id: 'call_0', function: { name: 'weather', arguments: '{"town":"Ulm"}' } }],
      },
    });
  });

  test('runs tools to the end', async () => {
    door.model.says(callsWeather, ({ messages }) => ({ text: `It says ${messages.at(-1)?.content}.` }));
    const runner = client().chat.completions.runTools({
      model: 'pebble',
      messages: [hello],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: '',
            parameters: townSchema,
            parse: (text: string) => Town.parse(JSON.parse(text)),
            function: ({ town }: { town: string }) => `sun in ${town}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It says sun in Ulm.');
    expect(door.model.requests[1]?.messages.at(-2)).toMatchObject({
      role: 'assistant',
      toolCalls: [{ name: 'weather' }],
    });
  });

  test('parses what a schema held', async () => {
    door.model.says({ text: weatherJson });
    const answer = await client().chat.completions.parse({
      model: 'pebble',
      messages: [hello],
      response_format: zodResponseFormat(Weather, 'weather'),
    });
    expect(answer.choices[0]?.message.parsed).toEqual({ town: 'Ulm', degrees: 21 });
    expect(door.model.requests[0]?.format).toMatchObject({ type: 'schema', schema: { type: 'object' } });
  });

  test('embeds in base64, as it does unless told otherwise', async () => {
    const { data } = await client().embeddings.create({
      model: 'pebble-embed',
      input: ['a', 'b'],
      dimensions: 32,
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([32, 32]);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    const floats = await client().embeddings.create({
      model: 'pebble-embed',
      input: 'a',
      encoding_format: 'float',
    });
    expect(floats.data[0]?.embedding).toEqual(data[0]?.embedding);
  });

  test('throws its own errors for ours', async () => {
    const once = client({ maxRetries: 0 });
    const create = (model: string, client = once, n = 1) =>
      client.chat.completions.create({ model, messages: [hello], n });
    await expect(create('gpt-4o')).rejects.toThrow(NotFoundError);
    await expect(create('pebble', once, 2)).rejects.toThrow(BadRequestError);
    await expect(create('pebble', client({ apiKey: 'wrong', maxRetries: 0 }))).rejects.toThrow(
      AuthenticationError,
    );
    door.model.refusal = new Refusal('busy', 'Too many are waiting.', { queueLength: 9, retryAfterS: 1 });
    const busy = await create('pebble').catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(APIError);
    expect(busy).toMatchObject({ status: 503, code: 'busy', message: '503 Too many are waiting.' });
  });

  test('tries again after a refusal that passes', async () => {
    door.model.refusal = new Refusal('busy', 'Too many are waiting.', { retryAfterS: 0.01 });
    const answer = client().chat.completions.create({ model: 'pebble', messages: [hello] });
    await until(() => door.audited.length === 1);
    door.model.refusal = undefined;
    expect((await answer).choices[0]?.message.content).toBe('You said: Hello');
  });

  test('sees a rate limit as one', async () => {
    const limited = await openDoor({ limits: { requestsPerMinute: 1 } });
    try {
      const one = new OpenAI({ baseURL: limited.url, apiKey: 'rp_ada', maxRetries: 0 });
      await one.chat.completions.create({ model: 'pebble', messages: [hello] });
      await expect(one.chat.completions.create({ model: 'pebble', messages: [hello] })).rejects.toThrow(
        RateLimitError,
      );
    } finally {
      await limited.close();
    }
  });

  test('throws when a stream fails midway, and cancels when it is left', async () => {
    door.model.says(
      { text: 'Half', failure: new Refusal('model-failed', 'The model stopped.') },
      { text: 'so', endless: true },
    );
    const create = () =>
      client().chat.completions.create({ model: 'pebble', messages: [hello], stream: true });
    const failing = await create();
    await expect(Array.fromAsync(failing)).rejects.toThrow('The model stopped.');
    for await (const _chunk of await create()) break;
    await until(() => door.model.abandoned === 1);
  });
});

test('a request that its owner aborts ends with the client’s own error', async () => {
  door.model.says({ text: 'so', endless: true });
  const client = new OpenAI({ baseURL: door.url, apiKey: 'rp_ada' });
  const leaving = new AbortController();
  const answer = client.chat.completions.create(
    { model: 'pebble', messages: [hello] },
    { signal: leaving.signal },
  );
  await until(() => door.model.running === 1);
  leaving.abort();
  await expect(answer).rejects.toThrow(APIUserAbortError);
  await until(() => door.model.abandoned === 1);
});
