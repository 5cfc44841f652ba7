import { ChatCompletion } from '@rockpool/protocol/openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askChat, type Door, openDoor, refusalIn, weather } from './openai-door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const chat = (body: object, headers?: Record<string, string>) => askChat(door, body, headers);
const refusal = async (body: object, status?: number) => refusalIn(await chat(body), status);

describe('what clients send', () => {
  const lastAsked = () => door.model.requests.at(-1)!;

  test('max_completion_tokens and its older name cap the answer', async () => {
    await chat({ max_completion_tokens: 7, max_tokens: 9 });
    expect(lastAsked().maxTokens).toBe(7);
    await chat({ max_tokens: 9 });
    expect(lastAsked().maxTokens).toBe(9);
  });

  test('developer is system, and parts are folded, in every role', async () => {
    const messages = [
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'Be' },
          { type: 'text', text: 'brief.' },
        ],
      },
      { role: 'user', name: 'Ada', content: [{ type: 'text', text: '你好' }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }] },
      { role: 'assistant', content: '', reasoning_content: 'hm' },
    ];
    expect((await chat({ messages })).status).toBe(200);
    expect(lastAsked().messages).toEqual([
      { role: 'system', content: 'Be\nbrief.' },
      { role: 'user', content: 'Ada: 你好' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }] },
      { role: 'tool', content: 'rain', toolCallId: 'c1' },
      { role: 'assistant', content: '' },
    ]);
  });

  test('sampling, stop and seed reach the model', async () => {
    await chat({ temperature: 0, top_p: 0.5, stop: 'END', seed: -1 });
    expect(lastAsked()).toMatchObject({
      temperature: 0,
      topP: 0.5,
      stop: ['END'],
      seed: 4_294_967_295,
      person: '1',
    });
    await chat({ stop: ['a', 'b', 'c', 'd'] });
    expect(lastAsked().stop).toEqual(['a', 'b', 'c', 'd']);
    expect((await refusal({ stop: ['a', 'b', 'c', 'd', 'e'] }))['param']).toBe('stop');
  });

  test.each([
    ['none', 'none'],
    ['auto', 'auto'],
    ['required', 'required'],
    [{ type: 'function', function: { name: 'weather' } }, { name: 'weather' }],
  ])('tool_choice %j reaches the model', async (choice, expected) => {
    await chat({ tools: [weather], tool_choice: choice, parallel_tool_calls: false });
    expect(lastAsked()).toMatchObject({
      toolChoice: expected,
      parallelToolCalls: false,
      tools: [{ name: 'weather' }],
    });
  });

  test('a format reaches the model', async () => {
    await chat({ response_format: { type: 'json_object' } });
    expect(lastAsked().format).toEqual({ type: 'json' });
    const schema = { type: 'object', properties: { a: { type: 'number' } } };
    await chat({
      response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } },
    });
    expect(lastAsked().format).toEqual({ type: 'schema', schema });
    await chat({ response_format: { type: 'text' } });
    expect(lastAsked().format).toBeUndefined();
  });

  test('neutral values, nulls and unknown fields are no reason to refuse', async () => {
    const neutral = {
      n: 1,
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      presence_penalty: 0,
      frequency_penalty: 0,
    };
    const ignored = {
      user: 'u',
      metadata: { a: 'b' },
      store: true,
      service_tier: 'auto',
      keep_alive: -1,
      options: {},
    };
    const nulls = {
      n: null,
      temperature: null,
      stop: null,
      tools: null,
      response_format: null,
      stream_options: null,
    };
    for (const body of [neutral, ignored, nulls]) expect((await chat(body)).status).toBe(200);
  });

  test.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'top_logprobs'],
    [{ logit_bias: { 50256: -100 } }, 'logit_bias'],
    [{ presence_penalty: 0.5 }, 'presence_penalty'],
    [{ frequency_penalty: -1 }, 'frequency_penalty'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ function_call: 'auto' }, 'function_call'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tools: [weather], tool_choice: { type: 'function', function: { name: 'other' } } }, 'tool_choice'],
    [{ tools: [weather, weather] }, 'tools'],
    [{ tools: [{ type: 'web_search' }] }, 'tools.0.type'],
    [{ tools: [weather], response_format: { type: 'json_object' } }, 'response_format'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages.0.content.0.type',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }, 'messages.0.content.0.type'],
    [{ messages: [{ role: 'user', content: null }] }, 'messages.0.content'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.tool_call_id'],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hello' }, 'messages'],
    [{ temperature: 3 }, 'temperature'],
    [{ max_tokens: 0 }, 'max_tokens'],
  ])('%j is refused, with its place', async (body, param) => {
    expect(await refusal(body)).toMatchObject({ param, type: 'invalid_request_error', code: 'bad_request' });
    expect(door.model.requests).toEqual([]);
  });
});

describe('whole answers', () => {
  test('carry text, usage and a reason', async () => {
    door.model.says({ text: 'Good morning' });
    const answer = await chat({});
    expect(await answer.json()).toMatchObject({
      object: 'chat.completion',
      model: 'pebble',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: { role: 'assistant', content: 'Good morning', refusal: null },
        },
      ],
      usage: {
        prompt_tokens: 2,
        completion_tokens: 2,
        total_tokens: 4,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    });
    expect(door.measured).toEqual(['waited', 'first token', 'turn complete 2']);
  });

  test('that call tools have null content', async () => {
    door.model.says({ calls: [{ name: 'weather', arguments: '{"town":"Ulm"}' }] });
    const { choices } = ChatCompletion.parse(await (await chat({ tools: [weather] })).json());
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          { id: 'call_0', type: 'function', function: { name: 'weather', arguments: '{"town":"Ulm"}' } },
        ],
      },
    });
  });
});
