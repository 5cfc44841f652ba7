/** The `ai` package with `@ai-sdk/openai-compatible` against the real server. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Refusal } from '@rockpool/protocol/refusal';
import { embedMany, generateObject, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Door, openDoor } from './openai-door.ts';
import { callsWeather, Weather, weatherJson } from './weather.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const Town = z.object({ town: z.string() });

describe('ai with @ai-sdk/openai-compatible', () => {
  const provider = () =>
    createOpenAICompatible({
      name: 'rockpool',
      baseURL: door.url,
      apiKey: 'rp_ada',
      includeUsage: true,
      supportsStructuredOutputs: true,
    });
  const tools = {
    weather: tool({
      description: 'The weather',
      inputSchema: Town,
      execute: async ({ town }) => `sun in ${town}`,
    }),
  };

  test('generates text', async () => {
    door.model.says({ text: 'Good morning' });
    const { text, usage, finishReason } = await generateText({
      model: provider()('pebble'),
      prompt: 'Hello',
      maxOutputTokens: 9,
      seed: 1,
    });
    expect([text, finishReason, usage.outputTokens]).toEqual(['Good morning', 'stop', 2]);
    expect(door.model.requests[0]).toMatchObject({ maxTokens: 9, seed: 1 });
  });

  test('streams text, with usage', async () => {
    door.model.says({ text: 'Good morning' });
    const result = streamText({
      model: provider()('pebble'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
    });
    expect((await Array.fromAsync(result.textStream)).join('')).toBe('Good morning');
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).totalTokens).toBe(4);
  });

  test.each(['generated', 'streamed'])('calls tools and goes on with what they said (%s)', async (how) => {
    door.model.says(callsWeather, ({ messages }) => ({ text: `It says ${messages.at(-1)?.content}.` }));
    const asked = {
      model: provider()('pebble'),
      prompt: 'Weather?',
      tools,
      stopWhen: isStepCount(2),
    };
    const text = how === 'generated' ? (await generateText(asked)).text : await streamText(asked).text;
    expect(text).toBe('It says sun in Ulm.');
    expect(door.model.requests[1]?.messages.at(-2)).toMatchObject({
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'call_0' }],
    });
  });

  test('generates objects, in both of its ways', async () => {
    door.model.says({ text: weatherJson }, { text: weatherJson }, { text: weatherJson });
    const model = provider()('pebble');
    const expected = { town: 'Ulm', degrees: 21 };
    expect((await generateObject({ model, schema: Weather, prompt: 'Weather?' })).object).toEqual(expected);
    const output = Output.object({ schema: Weather });
    expect((await generateText({ model, output, prompt: 'Weather?' })).output).toEqual(expected);
    expect(await streamText({ model, output, prompt: 'Weather?' }).output).toEqual(expected);
    expect(door.model.requests.map(({ format }) => format?.type)).toEqual(['schema', 'schema', 'schema']);
  });

  test('tells a failure midway, in our words', async () => {
    door.model.says({ text: 'Half', failure: new Refusal('model-failed', 'The model stopped.') });
    const told: string[] = [];
    const result = streamText({
      model: provider()('pebble'),
      prompt: 'Hello',
      onError: ({ error }) => void told.push(String(error)),
    });
    await result.consumeStream();
    expect(told.join()).toContain('The model stopped.');
  });

  test('tells a refusal, in our words', async () => {
    await expect(
      generateText({ model: provider()('gpt-4o'), prompt: 'Hello', maxRetries: 0 }),
    ).rejects.toThrow("There is no model 'gpt-4o'");
  });

  test('embeds', async () => {
    const model = provider().embeddingModel('pebble-embed');
    const { embeddings, usage } = await embedMany({ model, values: ['a b', 'c'] });
    expect(embeddings.map(({ length }) => length)).toEqual([32, 32]);
    expect(usage.tokens).toBe(3);
  });
});
