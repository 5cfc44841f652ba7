/** Tools and JSON, enforced by grammar on the weights that come with Rockpool. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tool } from './model.ts';
import { answer, type Pebble, startPebble, system } from './start-pebble.ts';

let pebble: Pebble;
beforeAll(async () => {
  pebble = await startPebble({ sequences: 2 });
});
afterAll(() => pebble.stop());

const tool = (name: string, description: string, ...keys: string[]): Tool => ({
  name,
  description,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])),
    required: keys,
  },
});
const tools = [tool('set_alarm', 'Set an alarm', 'time'), tool('get_weather', 'Get the weather', 'city')];
const ask = (content: string) => [system, { role: 'user', content } as const];

test('of its own accord it calls the tool that fits, and answers in words when none does', async () => {
  const called = await answer(pebble.model, { messages: ask('Set an alarm for 07:30.'), tools });
  expect(called).toMatchObject({ text: '', reason: 'tool-calls', calls: [{ name: 'set_alarm' }] });
  expect(JSON.parse(called.calls[0]!.arguments)).toEqual({ time: '07:30' });
  expect(called.calls[0]!.id).toMatch(/^call_[A-Za-z0-9]{24}$/);

  const spoken = await answer(pebble.model, { messages: ask('Hello!'), tools });
  expect(spoken).toMatchObject({ reason: 'stop', calls: [] });
  expect(spoken.text).not.toBe('');
});

test('required means a call, a name means that call, none means words', async () => {
  // Of its own accord it would answer this in words. Nothing in it fits an argument, so one may be written until it is cut.
  const required = await answer(pebble.model, {
    ...{ messages: ask('Hello!'), tools, toolChoice: 'required', maxTokens: 60 },
  });
  expect(required.text).toBe('');
  expect(['tool-calls', 'length']).toContain(required.reason);
  expect(['set_alarm', 'get_weather']).toContain(required.calls[0]?.name);

  const named = await answer(pebble.model, {
    messages: ask('Set an alarm for 07:30.'),
    tools,
    toolChoice: { name: 'get_weather' },
  });
  expect(named.calls.map(({ name }) => name)).toEqual(['get_weather']);
  expect(Object.keys(JSON.parse(named.calls[0]!.arguments))).toEqual(['city']);

  const none = await answer(pebble.model, {
    messages: ask('Set an alarm for 07:30.'),
    tools,
    toolChoice: 'none',
  });
  expect(none).toMatchObject({ calls: [], reason: 'stop' });
  await expect(
    answer(pebble.model, { messages: ask('Hello'), tools, toolChoice: { name: 'format_disk' } }),
  ).rejects.toMatchObject({ code: 'bad-request' });
});

test('arguments fit their schema even at a temperature at which nothing makes sense', async () => {
  const parameters = {
    type: 'object',
    properties: { level: { enum: ['low', 'high'] }, degrees: { type: 'integer', minimum: 16, maximum: 28 } },
    required: ['level', 'degrees'],
  };
  for (const seed of [1, 2, 3]) {
    const request = {
      messages: ask('Heat the room.'),
      tools: [{ name: 'heat', description: 'Heat', parameters }],
      toolChoice: 'required',
    } as const;
    const { calls } = await answer(pebble.model, {
      ...request,
      temperature: 3,
      topP: 1,
      seed,
      parallelToolCalls: false,
    });
    const { level, degrees } = JSON.parse(calls[0]!.arguments);
    expect(['low', 'high']).toContain(level);
    expect(degrees >= 16 && degrees <= 28).toBe(true);
  }
});

test('a result of a tool goes back into the conversation', async () => {
  const called = await answer(pebble.model, { messages: ask('Set an alarm for 07:30.'), tools });
  const messages = [
    ...ask('Set an alarm for 07:30.'),
    { role: 'assistant', content: '', toolCalls: called.calls } as const,
    { role: 'tool', content: 'The alarm is set.', toolCallId: called.calls[0]!.id } as const,
  ];
  const after = await answer(pebble.model, { messages, tools, maxTokens: 40 });
  // The call is rendered exactly as the model wrote it, so that nothing before the result is read again.
  expect(after.usage.cachedTokens).toBeGreaterThanOrEqual(
    called.usage.promptTokens + called.usage.completionTokens - 2,
  );
});

test('JSON is JSON of the schema that was asked for, or the answer was cut', async () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 12 },
      tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 3 },
    },
    required: ['name', 'tags'],
    additionalProperties: false,
  };
  for (const temperature of [0, 3]) {
    const { text, reason } = await answer(pebble.model, {
      messages: ask('Hello'),
      format: { type: 'schema', schema },
      temperature,
      topP: 1,
      seed: 5,
    });
    expect(reason).toBe('stop');
    const { name, tags } = JSON.parse(text);
    expect(name.length).toBeLessThanOrEqual(12);
    expect(tags.every((tag: string) => ['a', 'b'].includes(tag))).toBe(true);
  }
  const any = await answer(pebble.model, { messages: ask('Hello'), format: { type: 'json' }, maxTokens: 20 });
  expect(any.text.startsWith('{')).toBe(true);
  expect(['stop', 'length']).toContain(any.reason);
});

test('a schema that can not be enforced is refused with the keyword', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^x+$' } } };
  await expect(
    answer(pebble.model, { messages: ask('Hello'), format: { type: 'schema', schema } }),
  ).rejects.toMatchObject({
    code: 'bad-request',
    message: expect.stringContaining('pattern'),
  });
});
