import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpeech } from './speech.ts';
import { createCallScanner, dialectOf, hermes, llama3, mistral } from './tool-calls.ts';

/** What was heard of a text that came in these pieces. */
function scan(pieces: readonly string[]) {
  const scanner = createCallScanner();
  const calls: { name: string; arguments: string }[] = [];
  for (const event of pieces.flatMap((piece) => scanner.push(piece))) {
    if (event.type === 'tool-call') calls[event.index] = { name: event.name, arguments: '' };
    else if (event.type === 'tool-arguments') calls[event.index]!.arguments += event.text;
  }
  return { calls, complete: scanner.complete() };
}

test('calls are read the same however they are cut, with any arguments', () => {
  const call = fc.record({
    name: fc.stringMatching(/^[a-z_]{1,10}$/),
    arguments: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(call, { maxLength: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (calls, width, indented) => {
        const json = (value: unknown) => JSON.stringify(value, null, indented ? 2 : 0);
        const text = calls.map((one) => `<tool_call>\n${json(one)}\n</tool_call>`).join('\n');
        const pieces = text.match(new RegExp(`[^]{1,${width}}`, 'g')) ?? [];
        const heard = scan(pieces);
        expect(heard.complete).toBe(calls.length);
        expect(heard.calls.map((c) => ({ name: c.name, arguments: JSON.parse(c.arguments) }))).toEqual(
          JSON.parse(JSON.stringify(calls)),
        );
      },
    ),
  );
});

test('a call that was cut off is told as far as it came, and not counted as complete', () => {
  expect(scan(['<tool_call>{"name": "a", "arguments": {"x": "}'])).toEqual({
    calls: [{ name: 'a', arguments: '{"x": "}' }],
    complete: 0,
  });
});

test('text before a call is shown, its opening is not, and what came with it is handed on', () => {
  const speech = createSpeech([], { tools: [], dialect: hermes, parallel: true, forced: false });
  expect(speech.push('One moment. <tool').events).toEqual([{ type: 'delta', text: 'One moment. ' }]);
  expect(speech.push('_call>{"')).toEqual({ events: [], called: '{"' });
});

test('what is ordinary text elsewhere begins a call only at the beginning', () => {
  const calls = { tools: [], dialect: llama3, parallel: true, forced: false };
  expect(createSpeech([], calls).push('{"name": ').called).toBe(' ');
  const late = createSpeech([], calls);
  expect(late.push('For example {"name": 1}')).toEqual({
    events: [
      { type: 'delta', text: 'For example ' },
      { type: 'delta', text: '{"name": 1}' },
    ],
  });
  expect(late.push('{"name":').called).toBeUndefined();
});

test('what is held back at the end is shown at the end', () => {
  const speech = createSpeech(['STOP'], undefined);
  expect(speech.push('well ST').events).toEqual([{ type: 'delta', text: 'well ' }]);
  expect(speech.end()).toEqual([{ type: 'delta', text: 'ST' }]);
});

test('the template tells how its model calls', () => {
  expect(dialectOf('<tool_call>', true)).toBe(hermes);
  expect(dialectOf('[TOOL_CALLS]', true)).toBe(mistral);
  expect(dialectOf('{"name": function name, "parameters": dictionary}', true)).toBe(llama3);
  expect(dialectOf('[TOOL_CALLS]', false)).toBe(hermes);
});
