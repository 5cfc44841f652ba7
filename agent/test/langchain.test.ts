import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Door, openDoor } from './openai-door.ts';
import { callsWeather, townSchema, Weather, weatherJson } from './weather.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const weatherTool = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather', parameters: townSchema },
};

describe('@langchain/openai', () => {
  const chatModel = (fields: ConstructorParameters<typeof ChatOpenAI>[0] = {}) =>
    new ChatOpenAI({
      model: 'pebble',
      apiKey: 'rp_ada',
      configuration: { baseURL: door.url },
      maxRetries: 0,
      ...fields,
    });

  test('invokes', async () => {
    door.model.says({ text: 'Good morning' });
    const message = await chatModel({ temperature: 0, maxTokens: 9, stop: ['END'] }).invoke([
      ['system', 'Be brief.'],
      ['human', 'Hello'],
    ]);
    expect(message.content).toBe('Good morning');
    expect(message.usage_metadata).toMatchObject({ output_tokens: 2 });
    expect(door.model.requests[0]).toMatchObject({ temperature: 0, maxTokens: 9, stop: ['END'] });
  });

  test('streams', async () => {
    door.model.says({ text: 'Good morning to you' });
    const parts = await Array.fromAsync(await chatModel().stream('Hello'), ({ content }) => content);
    expect(parts.join('')).toBe('Good morning to you');
  });

  test.each(['invoked', 'streamed'])('binds tools (%s)', async (how) => {
    door.model.says(callsWeather);
    const model = chatModel().bindTools([weatherTool], { tool_choice: 'weather' });
    let message = how === 'invoked' ? await model.invoke('Weather?') : undefined;
    for await (const chunk of message ? [] : await model.stream('Weather?'))
      message = message ? (message as typeof chunk).concat(chunk) : chunk;
    expect(message?.tool_calls).toMatchObject([{ id: 'call_0', name: 'weather', args: { town: 'Ulm' } }]);
    expect(door.model.requests[0]?.toolChoice).toEqual({ name: 'weather' });
  });

  test('takes structured output by schema, by tool and as any JSON', async () => {
    door.model.says(
      { text: weatherJson },
      { calls: [{ name: 'extract', arguments: weatherJson }] },
      { text: weatherJson },
    );
    const expected = { town: 'Ulm', degrees: 21 };
    for (const method of ['jsonSchema', 'functionCalling', 'jsonMode'] as const) {
      expect(
        await chatModel().withStructuredOutput(Weather, { method, name: 'extract' }).invoke('Weather?'),
        method,
      ).toEqual(expected);
    }
    expect(door.model.requests.map(({ format, toolChoice }) => [format?.type, toolChoice])).toEqual([
      ['schema', undefined],
      [undefined, { name: 'extract' }],
      ['json', undefined],
    ]);
  });

  test('speaks the Responses API', async () => {
    door.model.says({ text: 'Good morning' }, callsWeather);
    const model = chatModel({ useResponsesApi: true });
    expect((await model.invoke('Hello')).text).toBe('Good morning');
    const called = await model.bindTools([weatherTool]).invoke('Weather?');
    expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { town: 'Ulm' } }]);
  });

  test('embeds', async () => {
    const embeddings = new OpenAIEmbeddings({
      model: 'pebble-embed',
      apiKey: 'rp_ada',
      configuration: { baseURL: door.url },
    });
    const [first, second] = await embeddings.embedDocuments(['a', 'b']);
    expect([first?.length, second?.length]).toEqual([32, 32]);
    expect(await embeddings.embedQuery('a')).toEqual(first);
  });
});
