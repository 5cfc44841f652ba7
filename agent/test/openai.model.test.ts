/** The OpenAI-compatible surface on the weights that come with Rockpool, asked by OpenAI's own client. */
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Model } from '../inference/model.ts';
import { type Pebble, startPebble } from '../inference/start-pebble.ts';
import { fuzz } from './fuzz.ts';
import { type Door, openDoorTo, until } from './openai-door.ts';

let pebble: Pebble;
let door: Door<Model>;
let client: OpenAI;
beforeAll(async () => {
  pebble = await startPebble({ sequences: 2 });
  door = await openDoorTo(pebble.model, { limits: { requestsPerMinute: 1e9 } });
  client = new OpenAI({ baseURL: door.url, apiKey: 'rp_ada', maxRetries: 0 });
});
afterAll(async () => {
  await door.close();
  await pebble.stop();
});

const model = 'rockpool';
const messages = [{ role: 'user' as const, content: 'Hello! Who are you?' }];
const alarm = {
  name: 'set_alarm',
  description: 'Set an alarm',
  parameters: {
    type: 'object',
    properties: { time: { type: 'string' } },
    required: ['time'],
    additionalProperties: false,
  },
};
const tools = [{ type: 'function' as const, function: alarm }];
const Visitor = z.object({
  name: z.string().max(20),
  floor: z.enum(['ground', 'first']),
  expected: z.boolean(),
});

test('a stream says what the whole answer says, and counts the same tokens', async () => {
  const asked = { model, messages, temperature: 0, max_tokens: 24 };
  const whole = await client.chat.completions.create(asked);
  expect(whole.choices[0]?.message.content).not.toBe('');
  const stream = await client.chat.completions.create({
    ...asked,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
    whole.choices[0]?.message.content,
  );
  expect(chunks.at(-1)?.usage).toMatchObject({
    prompt_tokens: whole.usage?.prompt_tokens,
    completion_tokens: whole.usage?.completion_tokens,
  });
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
});

test('Chinese comes whole, however its tokens are cut', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: '你好，你是谁？' }],
    temperature: 0,
    max_tokens: 24,
    stream: true,
  });
  const text = (await Array.fromAsync(stream, ({ choices }) => choices[0]?.delta.content ?? '')).join('');
  expect(text).not.toBe('');
  expect(text).not.toContain('\ufffd');
});

test('a cap cuts after so many tokens, under each of its names', async () => {
  for (const cap of [{ max_tokens: 3 }, { max_completion_tokens: 3 }]) {
    const { choices, usage } = await client.chat.completions.create({ model, messages, ...cap });
    expect([choices[0]?.finish_reason, usage?.completion_tokens]).toEqual(['length', 3]);
  }
});

test('a seed gives the same answer again, and another one another', async () => {
  const story = [{ role: 'user' as const, content: 'Tell me a story about a lamp.' }];
  const say = async (seed: number) => {
    // Pebble is sure of itself: only at the highest temperature does it say one thing and another.
    const asked = { model, messages: story, seed, temperature: 2, top_p: 1, max_tokens: 16 };
    return (await client.chat.completions.create(asked)).choices[0]?.message.content;
  };
  const first = await say(7);
  expect(await say(7)).toBe(first);
  expect(new Set(await Promise.all([1, 2, 3, 4].map(say))).size).toBeGreaterThan(1);
});

test('a stop ends the answer before itself', async () => {
  const asked = { model, messages, temperature: 0, max_tokens: 24 };
  const whole = (await client.chat.completions.create(asked)).choices[0]?.message.content ?? '';
  const stop = whole.slice(4, 8);
  const { choices } = await client.chat.completions.create({ ...asked, stop });
  expect(choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: whole.slice(0, whole.indexOf(stop)) },
  });
});

test.each(['required', { type: 'function' as const, function: { name: 'set_alarm' } }] as const)(
  'tool_choice %j calls the tool, whole and streamed',
  async (tool_choice) => {
    const asked = { model, messages, tools, tool_choice, temperature: 0, max_tokens: 60 };
    const { choices } = await client.chat.completions.create(asked);
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
    for (const call of [choices[0]?.message.tool_calls?.[0], streamed.choices[0]?.message.tool_calls?.[0]]) {
      expect(call).toMatchObject({ type: 'function', function: { name: 'set_alarm' } });
      const json = call?.type === 'function' ? call.function.arguments : '';
      expect(Object.keys(JSON.parse(json))).toEqual(['time']);
    }
  },
);

test('a conversation goes on after a call and its result', async () => {
  const call = {
    id: 'call_1',
    type: 'function' as const,
    function: { name: 'set_alarm', arguments: '{"time":"07:30"}' },
  };
  const { choices } = await client.chat.completions.create({
    model,
    tools,
    messages: [
      { role: 'user', content: 'Set an alarm for 07:30.' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'done' },
    ],
    temperature: 0,
    max_tokens: 24,
  });
  expect(choices[0]?.message.content).not.toBe('');
});

test('a schema holds the answer, in both APIs', async () => {
  const asked = {
    model,
    messages: [{ role: 'user' as const, content: 'Who comes today?' }],
    max_tokens: 200,
  };
  const chat = await client.chat.completions.parse({
    ...asked,
    response_format: zodResponseFormat(Visitor, 'visitor'),
  });
  expect(Visitor.safeParse(chat.choices[0]?.message.parsed).success).toBe(true);
  const text = { format: zodTextFormat(Visitor, 'visitor') };
  const response = await client.responses.parse({
    model,
    input: 'Who comes today?',
    text,
    max_output_tokens: 200,
  });
  expect(Visitor.safeParse(response.output_parsed).success).toBe(true);
  const any = await client.chat.completions.create({
    ...asked,
    temperature: 0,
    response_format: { type: 'json_object' },
  });
  expect(
    any.choices[0]?.finish_reason === 'length' || JSON.parse(any.choices[0]?.message.content ?? ''),
  ).toBeTruthy();
});

test('a response streams to its end', async () => {
  const stream = client.responses.stream({ model, input: 'Hello!', temperature: 0, max_output_tokens: 40 });
  const final = await stream.finalResponse();
  expect(final.output_text).not.toBe('');
  expect(final.usage?.output_tokens).toBeGreaterThan(0);
});

test('a question lies closer to its answer than to something else', async () => {
  const input = ['The alarm code is 4471.', 'What is the code of the alarm?', 'Lunch is at noon.'];
  const { data, usage } = await client.embeddings.create({ model: 'pebble-embed', input });
  const [fact, question, other] = data.map(({ embedding }) => embedding);
  const dot = (a: number[] = [], b: number[] = []) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  expect(dot(fact, fact)).toBeCloseTo(1, 3);
  expect(dot(question, fact)).toBeGreaterThan(dot(question, other));
  expect(usage.prompt_tokens).toBeGreaterThan(10);
  expect(fact).toHaveLength(pebble.model.embedding.dimensions);
});

test('a prompt that does not fit the window is refused with OpenAI’s code, streamed or not', async () => {
  const long = [{ role: 'user' as const, content: 'word '.repeat(20_000) }];
  for (const stream of [false, true]) {
    const asking = client.chat.completions.create({ model, messages: long, stream });
    await expect(asking).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  }
});

test('a client that leaves frees its place', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    max_tokens: 1000,
    temperature: 1.5,
  });
  for await (const _chunk of stream) break;
  await until(() => pebble.model.load().running === 0);
});

test('bad input of every kind leaves the model’s process as it was', async () => {
  const statuses = await fuzz(door.app, { headers: () => ({ authorization: 'Bearer rp_ada' }), runs: 25 });
  expect(statuses.size).toBe(5);
  expect(pebble.model.load()).toMatchObject({ running: 0, waiting: 0, restarts: 0 });
});
