/** Grammars held against llama.cpp's own parser: no weights, but its native library. */
import fc from 'fast-check';
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyJsonGrammar, jsonGrammar } from './json-grammar.ts';
import { callGrammar, hermes, llama3, mistral } from './tool-calls.ts';

let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled });
});
afterAll(() => llama.dispose());

/** The library's own test of a text, which it keeps to itself. */
interface Tester {
  _testText(text: string): boolean;
}

async function admits(gbnf: string): Promise<(text: string) => boolean> {
  const grammar = (await llama.createGrammar({ grammar: gbnf })) as unknown as Tester;
  return (text) => grammar._testText(text);
}
const admitsBy = (schema: unknown) => admits(jsonGrammar(schema));

test('an object has what is required, may have what is declared, and nothing else, in the order declared', async () => {
  const fits = await admitsBy({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean' } },
    required: ['b'],
  });
  for (const text of [
    '{"b":1}',
    '{"a":"x","b":-2}',
    '{ "a": "x", "b": 0, "c": true }',
    '{"b":3,"c":false}',
    '{\n  "b": 1\n}',
  ]) {
    expect(fits(text), text).toBe(true);
  }
  for (const text of [
    '{}',
    '{"a":"x"}',
    '{"b":"1"}',
    '{"b":1,"d":2}',
    '{"b":01}',
    '{"b":1,}',
    '[1]',
    '{"b":1} ',
    '',
  ]) {
    expect(fits(text), text).toBe(false);
  }
});

test('strings keep their length, format, and choice', async () => {
  const length = await admitsBy({ type: 'string', minLength: 2, maxLength: 3 });
  expect(['"ab"', '"好的呀"', '"\\n\\u00e9"', '"a"', '"abcd"'].map(length)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  const date = await admitsBy({ type: 'string', format: 'date', pattern: '^[0-9-]+$' });
  expect(['"2026-12-31"', '"2026-13-01"', '"tomorrow"'].map(date)).toEqual([true, false, false]);
  const choice = await admitsBy({ enum: ['red', 7, null, 'a "b" \\ c\n'] });
  expect(['"red"', '7', 'null', JSON.stringify('a "b" \\ c\n'), '"blue"', '8'].map(choice)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  const constant = await admitsBy({ const: { kind: 'x' } });
  expect(['{"kind":"x"}', '{"kind":"y"}'].map(constant)).toEqual([true, false]);
});

test('lists keep their length, and tuples their places', async () => {
  const few = await admitsBy({ type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3 });
  expect(['[1]', '[1, 2,3]', '[]', '[1,2,3,4]', '["1"]'].map(few)).toEqual([true, true, false, false, false]);
  const pair = await admitsBy({
    type: 'array',
    prefixItems: [{ type: 'string' }, { type: 'number' }],
    items: false,
  });
  expect(['["a",1.5]', '["a"]', '[1,"a"]'].map(pair)).toEqual([true, false, false]);
  const none = await admitsBy({ type: 'array', maxItems: 0 });
  expect(['[]', '[1]'].map(none)).toEqual([true, false]);
});

test('alternatives, references and schemas that contain themselves', async () => {
  const either = await admitsBy({
    anyOf: [
      { type: 'null' },
      { type: 'object', properties: { n: { type: ['integer', 'string'] } }, required: ['n'] },
    ],
  });
  expect(['null', '{"n":1}', '{"n":"1"}', '{"n":true}', '1'].map(either)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  const tree = await admitsBy({
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
        required: ['name', 'children'],
      },
    },
  });
  expect(
    ['{"name":"a","children":[{"name":"b","children":[]}]}', '{"name":"a","children":[{}]}'].map(tree),
  ).toEqual([true, false]);
});

test('other keys than those declared, only when asked for, never a declared one a second time', async () => {
  const open = await admitsBy({
    type: 'object',
    properties: { id: { type: 'integer' } },
    required: ['id'],
    additionalProperties: { type: 'string' },
  });
  expect(
    ['{"id":1}', '{"id":1,"x":"y"}', '{"id":1,"i":"y","idx":"z"}', '{"id":1,"x":2}', '{"id":1,"id":"2"}'].map(
      open,
    ),
  ).toEqual([true, true, true, false, false]);
  const map = await admitsBy({ type: 'object', additionalProperties: { type: 'number' } });
  expect(['{}', '{"a":1,"b":2.5e3}', '{"a":"1"}'].map(map)).toEqual([true, true, false]);
});

test('a range of integers holds exactly the integers in it', async () => {
  const bound = fc.option(fc.integer({ min: -3000, max: 3000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      bound,
      bound,
      fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 20, maxLength: 20 }),
      async (a, b, tried) => {
        const [minimum, maximum] = a !== undefined && b !== undefined && a > b ? [b, a] : [a, b];
        const fits = await admitsBy({
          type: 'integer',
          ...(minimum === undefined ? {} : { minimum }),
          ...(maximum === undefined ? {} : { maximum }),
        });
        const edges = [minimum, maximum].flatMap((n) => (n === undefined ? [] : [n - 1, n, n + 1]));
        for (const n of [...tried, ...edges]) {
          expect(fits(String(n)), `${n} in ${minimum}..${maximum}`).toBe(
            n >= (minimum ?? -Infinity) && n <= (maximum ?? Infinity),
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a range of numbers holds the fractions in it, open ends left out', async () => {
  const share = await admitsBy({ type: 'number', minimum: 0, maximum: 1 });
  expect(['0', '0.5', '1', '1.0', '1.5', '-0.5', '2'].map(share)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  const positive = await admitsBy({ type: 'number', exclusiveMinimum: 0 });
  expect(['0.01', '7', '1234.5', '0', '0.0', '-1'].map(positive)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  const below = await admitsBy({ type: 'number', minimum: -2, exclusiveMaximum: 3 });
  expect(['-2', '-1.5', '0', '2.99', '3', '-2.1'].map(below)).toEqual([true, true, true, true, false, false]);
  const safe = await admitsBy({
    type: 'integer',
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  });
  expect(['0', '9007199254740991', '-9007199254740991', '9007199254740992'].map(safe)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

/** A schema and how to make values that fit it. */
const schemas = fc.letrec<{ any: { schema: unknown; value: fc.Arbitrary<unknown> } }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constant({
      schema: { type: 'string' },
      value: fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => s.isWellFormed()),
    }),
    fc.constant({ schema: { type: 'integer' }, value: fc.integer() }),
    fc.constant({ schema: { type: 'boolean' }, value: fc.boolean() }),
    fc.constant({ schema: { type: 'null' }, value: fc.constant(null) }),
    tie('any').map(({ schema, value }) => ({
      schema: { type: 'array', items: schema, maxItems: 3 },
      value: fc.array(value, { maxLength: 3 }),
    })),
    fc.tuple(tie('any'), tie('any'), fc.boolean()).map(([a, b, optional]) => ({
      schema: {
        type: 'object',
        properties: { 'a b': a.schema, 'ü"\\': b.schema },
        required: optional ? ['ü"\\'] : ['a b', 'ü"\\'],
      },
      value: fc.record(
        { 'a b': a.value, 'ü"\\': b.value },
        { requiredKeys: optional ? ['ü"\\'] : ['a b', 'ü"\\'] },
      ),
    })),
  ),
})).any;

test('whatever fits a schema is admitted, compact or indented, and so it is as any JSON', async () => {
  const anything = await admits(anyJsonGrammar());
  await fc.assert(
    fc.asyncProperty(schemas, async ({ schema, value }) => {
      const fits = await admitsBy(schema);
      for (const sample of fc.sample(value, 5)) {
        for (const text of [JSON.stringify(sample), JSON.stringify(sample, null, 2)])
          expect(fits(text), text).toBe(true);
        expect(anything(JSON.stringify({ sample }))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

const tools = [
  {
    name: 'set_alarm',
    description: '',
    parameters: { type: 'object', properties: { time: { type: 'string' } }, required: ['time'] },
  },
  { name: 'now', description: '', parameters: {} },
];

test('only declared tools can be called, with arguments that fit, in every dialect', async () => {
  const calls = { tools, parallel: true, forced: true };
  const fits = await admits(callGrammar({ ...calls, dialect: hermes }) ?? '');
  for (const text of [
    '<tool_call>{"name": "set_alarm", "arguments": {"time": "07:30"}}</tool_call>',
    '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
    '<tool_call>{"name": "now", "arguments": {}}</tool_call>\n<tool_call>{"name": "now", "arguments": {}}</tool_call>',
  ]) {
    expect(fits(text), text).toBe(true);
  }
  for (const text of [
    'Hello',
    '<tool_call>{"name": "format_disk", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "set_alarm", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "now", "arguments": {"a": 1}}</tool_call>',
    '<tool_call>{"name": "now", "arguments": {}}',
  ]) {
    expect(fits(text), text).toBe(false);
  }
  const one = await admits(callGrammar({ ...calls, parallel: false, dialect: hermes }) ?? '');
  expect(
    one(
      '<tool_call>{"name": "now", "arguments": {}}</tool_call>\n<tool_call>{"name": "now", "arguments": {}}</tool_call>',
    ),
  ).toBe(false);
  const list = await admits(callGrammar({ ...calls, dialect: mistral }) ?? '');
  expect(list('[TOOL_CALLS] [{"name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]')).toBe(
    true,
  );
  const bare = await admits(callGrammar({ ...calls, dialect: llama3 }) ?? '');
  expect(bare('{"name": "set_alarm", "parameters": {"time": "1"}}')).toBe(true);
});

test('a call that has begun already is admitted from where it stands', async () => {
  const calls = { tools, parallel: false, forced: false, dialect: hermes };
  const whole = '{"name": "now", "arguments": {}}</tool_call>';
  for (const written of ['', '{', '\n{"', '{"name":']) {
    const rest = await admits(callGrammar(calls, written) ?? '');
    expect(rest(whole.slice(written.trimStart().length)), written).toBe(true);
  }
  expect(callGrammar(calls, ' maybe')).toBeUndefined();
});
