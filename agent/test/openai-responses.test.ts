import { Refusal } from '@rockpool/protocol/refusal';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseCreateParamsNonStreaming, ResponseInput } from 'openai/resources/responses/responses';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Door, openDoor } from './openai-door.ts';
import { callsWeather, townSchema, Weather, weatherJson } from './weather.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const client = () => new OpenAI({ baseURL: door.url, apiKey: 'rp_ada' });

describe('responses', () => {
  test('answers', async () => {
    door.model.says({ text: 'Good morning' });
    const response = await client().responses.create({
      model: 'pebble',
      instructions: 'Be brief.',
      input: 'Hello',
      max_output_tokens: 50,
      metadata: { a: 'b' },
      store: true,
    });
    expect(response.output_text).toBe('Good morning');
    expect(response).toMatchObject({
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'Be brief.',
      metadata: { a: 'b' },
      store: false,
      max_output_tokens: 50,
      usage: {
        input_tokens: 3,
        output_tokens: 2,
        total_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(door.model.requests[0]).toMatchObject({
      maxTokens: 50,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    });
  });

  test('streams the events of the specification, counted from 0', async () => {
    door.model.says({ text: 'Let me', ...callsWeather });
    const stream = await client().responses.create({
      model: 'pebble',
      input: 'Hello',
      stream: true,
      tools: [{ type: 'function', name: 'weather', parameters: townSchema, strict: true }],
    });
    const events = await Array.fromAsync(stream);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const last = events.at(-1);
    expect(last?.type === 'response.completed' && last.response.output).toMatchObject([
      { type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Let me' }] },
      {
        type: 'function_call',
        status: 'completed',
        call_id: 'call_0',
        name: 'weather',
        arguments: '{"town":"Ulm"}',
      },
    ]);
  });

  test('streams through its helper, and parses', async () => {
    door.model.says({ text: weatherJson }, { text: weatherJson });
    const asked = { model: 'pebble', input: 'Hello', text: { format: zodTextFormat(Weather, 'weather') } };
    const streamed = await client().responses.stream(asked).finalResponse();
    expect(streamed.output_parsed).toEqual({ town: 'Ulm', degrees: 21 });
    const parsed = await client().responses.parse(asked);
    expect(parsed.output_parsed).toEqual({ town: 'Ulm', degrees: 21 });
    expect(door.model.requests[1]?.format).toMatchObject({ type: 'schema' });
  });

  test('carries a conversation with calls, sent whole', async () => {
    door.model.says({ text: 'One moment.', ...callsWeather });
    const tools = [{ type: 'function' as const, name: 'weather', parameters: townSchema, strict: true }];
    const asked = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Weather?' }] }];
    const first = await client().responses.create({
      model: 'pebble',
      input: asked,
      tools,
      tool_choice: 'required',
    });
    const output = { type: 'function_call_output' as const, call_id: 'call_0', output: 'sun' };
    const input = [...asked, ...first.output, output] as ResponseInput;
    await client().responses.create({ model: 'pebble', tools, input });
    expect(door.model.requests[0]?.toolChoice).toBe('required');
    expect(door.model.requests[1]?.messages).toEqual([
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'One moment.',
        toolCalls: [{ id: 'call_0', name: 'weather', arguments: '{"town":"Ulm"}' }],
      },
      { role: 'tool', content: 'sun', toolCallId: 'call_0' },
    ]);
  });

  test('says when an answer was cut', async () => {
    door.model.says({ text: 'one two three' }, { text: 'one two three' });
    const asked = { model: 'pebble', input: 'Hello', max_output_tokens: 2 };
    const cut = await client().responses.create(asked);
    expect(cut).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output_text: 'one two',
    });
    const events = await Array.fromAsync(await client().responses.create({ ...asked, stream: true }));
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete' },
    });
  });

  test('says when it failed midway', async () => {
    door.model.says({ text: 'Half an', failure: new Refusal('model-failed', 'The model stopped.') });
    const events = await Array.fromAsync(
      await client().responses.create({ model: 'pebble', input: 'Hello', stream: true }),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      sequence_number: events.length - 1,
      response: {
        status: 'failed',
        error: { code: 'server_error', message: 'The model stopped.' },
        output: [{ status: 'incomplete' }],
      },
    });
  });

  test.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ truncation: 'auto' as const }, 'truncation'],
    [{ tools: [{ type: 'web_search' as const }] }, 'tools.0.type'],
    [{ input: [{ type: 'item_reference' as const, id: 'msg_1' }] }, 'input.0'],
    [
      {
        input: [
          { role: 'user' as const, content: [{ type: 'input_image' as const, detail: 'auto' as const }] },
        ],
      },
      'input.0.content.0.type',
    ],
    [{ include: ['message.output_text.logprobs' as const] }, 'include'],
  ])('refuses %j, since nothing is kept or looked up', async (body, param) => {
    const asked = { model: 'pebble', input: 'Hello', ...body } as ResponseCreateParamsNonStreaming;
    const asking = client().responses.create(asked);
    await expect(asking).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  });
});
