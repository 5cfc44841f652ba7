/** Bytes, values, paths and headers that nobody means well with, around what an OpenAPI schema allows. */
import fc from 'fast-check';
import {
  hostileContentTypes,
  hostileSegments,
  hostileTexts,
  hostileValues,
  wrongEncodings,
} from './hostile-values.ts';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
}

/** What strings are compared with, behind schemas that allow any. */
const knownWords: readonly string[] = [
  ...['rockpool', 'pebble-embed', 'text', 'input_text', 'output_text', 'image_url', 'function', 'message'],
  ...['user', 'assistant', 'system', 'function_call', 'function_call_output', 'item_reference', 'disabled'],
];

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Values that the schema allows, more or less: what is in it is nearly right, so that it gets past the first check. */
export function allowedBy(
  schema: Schema,
  components: Record<string, Schema>,
  levels = 5,
): fc.Arbitrary<unknown> {
  const inner = (next: Schema): fc.Arbitrary<unknown> => allowedBy(next, components, levels - 1);
  if (levels <= 0) return fc.constant(null);
  if (schema.$ref) return inner(components[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.enum) return oneOf(schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants?.length) return fc.oneof(...variants.map(inner));
  const types = [schema.type ?? []].flat();
  return types.length === 0
    ? fc.jsonValue({ maxDepth: 2 })
    : fc.oneof(...types.map((type) => ofType(type, schema, inner)));
}

function ofType(
  type: string,
  schema: Schema,
  inner: (next: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  if (type === 'string') return fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), oneOf(knownWords));
  if (type === 'integer') return fc.integer({ min: -2, max: 50 });
  if (type === 'number') return fc.double({ min: 0, max: 1, noNaN: true });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') return fc.array(inner(schema.items ?? {}), { maxLength: 3 });
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, next]) => [name, required.has(name) ? inner(next) : seldom(inner(next))] as const,
  );
  const record = fc.record(Object.fromEntries(fields));
  const more = schema.additionalProperties;
  if (fields.length > 0 || typeof more !== 'object') return record;
  return fc.dictionary(fc.string({ maxLength: 8 }), inner(more), { maxKeys: 3 });
}

/** Left out, most of the time: who sends every field is refused for one of them, and the others are never read. */
const seldom = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** The value with some node of it replaced by a hostile one. */
const spoiled = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(value, fc.nat(30), oneOf(hostileValues))
    .map(([whole, at, hostile]) => replaced(whole, at, hostile));

function replaced(whole: unknown, at: number, hostile: unknown): unknown {
  let left = at;
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return hostile;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, next]) => [key, walk(next)]));
  };
  return walk(whole);
}

export function hostileBodies(schema: Schema, components: Record<string, Schema>): fc.Arbitrary<Buffer> {
  const value = allowedBy(schema, components);
  const text = value.map((plain) => JSON.stringify(plain) ?? 'null');
  return fc.oneof(
    { weight: 3, arbitrary: text.map((plain) => Buffer.from(plain)) },
    { weight: 6, arbitrary: spoiled(value).map((node) => Buffer.from(JSON.stringify(node) ?? 'null')) },
    {
      weight: 2,
      arbitrary: fc.tuple(text, fc.nat(200)).map(([whole, at]) => Buffer.from(whole).subarray(0, at)),
    },
    { weight: 2, arbitrary: fc.tuple(text, oneOf(wrongEncodings)).map(([whole, encode]) => encode(whole)) },
    { weight: 2, arbitrary: oneOf(hostileTexts).map((whole) => Buffer.from(whole)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
}

/** Mostly what is right, so that the body is looked at. */
export const hostileContentType: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: oneOf(hostileContentTypes) },
);

export const hostileSegment: fc.Arbitrary<string> = oneOf(hostileSegments);

/** A query of known names and of none, with values that were encoded wrongly, or not at all. */
export function hostileQuery(names: readonly string[]): fc.Arbitrary<string> {
  const name = oneOf([...names, ...names, 'a[]', '__proto__', 'constructor', '', '%ff']);
  const pair = fc.tuple(name, hostileSegment).map(([key, value]) => `${key}=${value.slice(0, 2000)}`);
  return fc.array(pair, { maxLength: 4 }).map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''));
}
