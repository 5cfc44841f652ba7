/** JSON Schema as a grammar in llama.cpp's notation (GBNF), so that what the model writes fits it by construction. */
import { Refusal } from '@rockpool/protocol/refusal';
import { integerRange, numberRange } from './number-grammar.ts';

export interface GrammarBuilder {
  /** Adds a rule and gives its name; what is absent from a rule's name is made a dash. */
  rule(name: string, body: string): string;
  /** The rule for values that fit the schema. */
  schema(schema: unknown, root?: unknown): string;
  /** All of it, beginning with what `root` says. */
  build(root: string): string;
}

/** A schema that admits no end of rules would be compiled for ever. */
const mostRules = 2_000;
const deepest = 64;
/** llama.cpp unrolls repetitions. */
const mostRepetitions = 1_000;

/** White space where JSON has it, but not so much that a model can lose itself in it. */
const space = '| " " | "\\n"{1,2} [ \\t]{0,20}';

/** Rules that others refer to, added when they are. */
const basics: Readonly<Record<string, string>> = {
  ws: space,
  char: '[^"\\\\\\x7F\\x00-\\x1F] | [\\\\] (["\\\\bfnrt/] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  boolean: '"true" | "false"',
  null: '"null"',
  integer: '"-"? ("0" | [1-9] [0-9]{0,15})',
  number: '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  object: '"{" ws (string ws ":" ws value (ws "," ws string ws ":" ws value)*)? ws "}"',
  array: '"[" ws (value (ws "," ws value)*)? ws "]"',
  value: 'object | array | string | number | boolean | null',
  date: '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])',
  time: '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])',
  'date-time': 'date "T" time',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [1-8] [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12}',
  octet: '"25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9]',
  ipv4: 'octet "." octet "." octet "." octet',
  label: '[a-zA-Z0-9] ([a-zA-Z0-9-]{0,20} [a-zA-Z0-9])?',
  hostname: 'label ("." label){0,5}',
  email: '[a-zA-Z0-9_+-]{1,30} ("." [a-zA-Z0-9_+-]{1,30}){0,3} "@" label ("." label){0,3} "." [a-zA-Z]{2,10}',
  uri: '"http" "s"? "://" hostname ("/" [a-zA-Z0-9._~%-]{0,40}){0,8}',
};
const formats = new Set(['date', 'time', 'date-time', 'uuid', 'ipv4', 'hostname', 'email', 'uri']);

/** Said about a value, not demanded of it. */
const annotations = new Set([
  'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'format',
  '$schema', '$id', '$comment', '$defs', 'definitions', 'contentEncoding', 'contentMediaType', 'nullable',
]); // biome-ignore format: a list reads by its lines

type Schema = Record<string, unknown>;

export function createGrammarBuilder(): GrammarBuilder {
  const rules = new Map<string, string>();
  const need = (text: string): string => {
    for (const [word] of text
      .replace(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]/g, ' ')
      .matchAll(/[a-z][a-z-]*/g)) {
      const body = basics[word];
      if (body === undefined || rules.has(word)) continue;
      rules.set(word, body);
      need(body);
    }
    return text;
  };
  const rule = (name: string, body: string): string => {
    const clean = `x-${name.replace(/[^a-zA-Z0-9]+/g, '-')}`;
    let free = clean;
    for (let n = 2; rules.has(free); n += 1) free = `${clean}-${n}`;
    if (rules.size >= mostRules) throw refusal('it is too large');
    rules.set(free, need(body));
    return free;
  };
  return {
    rule,
    schema: (schema, root = schema) => createCompiler(rule, root)(schema, 'schema', 0),
    build: (root) =>
      [`root ::= ${need(root)}`, ...[...rules].map(([name, body]) => `${name} ::= ${body}`), ''].join('\n'),
  };
}

export function jsonGrammar(schema: unknown): string {
  const builder = createGrammarBuilder();
  return builder.build(builder.schema(schema));
}

/** Any JSON object. */
export function anyJsonGrammar(): string {
  return createGrammarBuilder().build('object');
}

export const literal = (text: string): string =>
  `"${text
    .replace(/[\\"]/g, (c) => `\\${c}`)
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')}"`;

type Compile = (schema: unknown, name: string, depth: number) => string;

function createCompiler(rule: GrammarBuilder['rule'], root: unknown): Compile {
  const references = new Map<string, string>();
  const compile: Compile = (schema, name, depth) => {
    if (depth > deepest) throw refusal('it is nested too deeply');
    if (schema === true) return 'value';
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw refusal(`${name} is no schema`);
    return rule(name, body({ ...schema }, name, depth + 1));
  };

  const body = (schema: Schema, name: string, depth: number): string => {
    const { type } = schema;
    const take = only(schema, name);
    if ('$ref' in schema) return take(['$ref'], () => reference(String(schema['$ref']), depth));
    if ('const' in schema) return take(['const', 'type'], () => literal(JSON.stringify(schema['const'])));
    if ('enum' in schema)
      return take(['enum', 'type'], () =>
        choices(list(schema['enum'], 'enum'), (v) => literal(JSON.stringify(v))),
      );
    for (const either of ['anyOf', 'oneOf'] as const) {
      if (either in schema) {
        return take([either, 'type'], () =>
          choices(list(schema[either], either), (s, i) => compile(s, `${name}-${i}`, depth)),
        );
      }
    }
    if ('allOf' in schema) {
      const [single, ...more] = list(schema['allOf'], 'allOf');
      if (more.length > 0) throw refusal('allOf with several schemas is not supported');
      return take(['allOf', 'type'], () => compile(single, name, depth));
    }
    if (Array.isArray(type)) {
      return choices(type, (one) =>
        compile({ ...without(schema, one), type: one }, `${name}-${String(one)}`, depth),
      );
    }
    const single = bodyOf(type ?? impliedType(schema), schema, name, depth, take);
    return schema['nullable'] === true ? `${single} | null` : single;
  };

  const bodyOf = (type: unknown, schema: Schema, name: string, depth: number, take: Take): string => {
    switch (type) {
      case 'object':
        return take(['properties', 'required', 'additionalProperties'], () => object(schema, name, depth));
      case 'array':
        return take(['items', 'prefixItems', 'minItems', 'maxItems'], () => array(schema, name, depth));
      case 'string':
        return take(
          ['minLength', 'maxLength', ...(formats.has(String(schema['format'])) ? ['pattern'] : [])],
          () => string(schema),
        );
      case 'integer':
        return take(bounds, () => integerRange(schema) ?? 'integer');
      case 'number':
        return take(bounds, () => numberRange(schema) ?? 'number');
      case 'boolean':
      case 'null':
        return take([], () => type);
      case undefined:
        return take([], () => 'value');
      default:
        throw refusal(`the type ${JSON.stringify(type)} is not one of JSON's`);
    }
  };

  /** A rule of its own before its body, so that a schema may contain itself. */
  const reference = (pointer: string, depth: number): string => {
    const known = references.get(pointer);
    if (known !== undefined) return known;
    const name = `ref-${references.size}`;
    const target = resolve(root, pointer);
    if (typeof target === 'object' && target !== null && '$ref' in target) {
      if (depth > deepest) throw refusal(`${pointer} refers to itself`);
      return reference(String(target.$ref), depth + 1);
    }
    const forward = `x-forward-${name}`;
    references.set(pointer, forward);
    rule(`forward-${name}`, compile(target, name, depth));
    return forward;
  };

  /** Properties in the declared order; for each place a rule with and one without something before it. */
  const object = (schema: Schema, name: string, depth: number): string => {
    const properties = Object.entries(record(schema['properties'] ?? {}, 'properties'));
    const required = new Set(list(schema['required'] ?? [], 'required').map(String));
    for (const key of required) {
      if (!properties.some(([declared]) => declared === key))
        throw refusal(`"${key}" is required but not declared`);
    }
    const extra = extraProperties(schema['additionalProperties'], properties, name, depth);
    let first = extra ? `(${extra} (ws "," ws ${extra})*)?` : '';
    let rest = extra ? `(ws "," ws ${extra})*` : '';
    for (const [key, inner] of properties.toReversed()) {
      const pair = rule(
        `${name}-${key}`,
        `${literal(JSON.stringify(key))} ws ":" ws ${compile(inner, `${name}-${key}`, depth)}`,
      );
      const after = rest === '' ? '' : ` ${rule(`${name}-then`, rest)}`;
      const later = first === '' ? '""' : rule(`${name}-from`, first);
      first = required.has(key) ? `${pair}${after}` : `${pair}${after} | ${later}`;
      rest = required.has(key) ? `ws "," ws ${pair}${after}` : `(ws "," ws ${pair})?${after}`;
    }
    return `"{" ws ${first === '' ? '' : `(${first}) ws `}"}"`;
  };

  /** Keys that aren't declared, when the schema asks for them or declares none. */
  const extraProperties = (
    extra: unknown,
    properties: [string, unknown][],
    name: string,
    depth: number,
  ): string | undefined => {
    if (extra === false || (extra === undefined && properties.length > 0)) return undefined;
    const value = extra === undefined ? 'value' : compile(extra, `${name}-value`, depth);
    const key =
      properties.length === 0
        ? 'string'
        : rule(`${name}-key`, otherKey(properties.map(([declared]) => declared)));
    return rule(`${name}-extra`, `${key} ws ":" ws ${value}`);
  };

  const array = (schema: Schema, name: string, depth: number): string => {
    const least = count(schema, 'minItems') ?? 0;
    const most = count(schema, 'maxItems');
    const fixed = list(schema['prefixItems'] ?? [], 'prefixItems').map((s, i) =>
      compile(s, `${name}-${i}`, depth),
    );
    if (fixed.length > 0) {
      if (schema['items'] !== undefined && schema['items'] !== false)
        throw refusal('prefixItems with items is not supported');
      if (least > fixed.length || (most ?? fixed.length) < fixed.length)
        throw refusal('minItems and maxItems do not fit prefixItems');
      return `"[" ws ${fixed.join(' ws "," ws ')} ws "]"`;
    }
    const item = schema['items'] === undefined ? 'value' : compile(schema['items'], `${name}-item`, depth);
    if (most === 0) return '"[" ws "]"';
    if (most !== undefined && most < least) throw refusal('maxItems is less than minItems');
    const more = `(ws "," ws ${item}){${Math.max(0, least - 1)},${most === undefined ? '' : most - 1}}`;
    return least === 0 ? `"[" ws (${item} ${more} ws)? "]"` : `"[" ws ${item} ${more} ws "]"`;
  };

  const string = (schema: Schema): string => {
    const format = String(schema['format'] ?? '');
    const least = count(schema, 'minLength');
    const most = count(schema, 'maxLength');
    if (formats.has(format)) return `"\\"" ${format} "\\""`;
    if (least === undefined && most === undefined) return 'string';
    if (most !== undefined && most < (least ?? 0)) throw refusal('maxLength is less than minLength');
    return `"\\"" char{${least ?? 0},${most ?? ''}} "\\""`;
  };
  return compile;
}

const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];

type Take = (keywords: readonly string[], compile: () => string) => string;

/** Refuses every keyword that the compiled body would not enforce. */
function only(schema: Schema, name: string): Take {
  return (keywords, compile) => {
    for (const keyword of Object.keys(schema)) {
      if (keyword === 'type' || annotations.has(keyword) || keywords.includes(keyword)) continue;
      if (schema[keyword] === undefined || (keyword === 'uniqueItems' && schema[keyword] === false)) continue;
      throw refusal(`${keyword} is not supported (in ${name.replace(/^schema-?/, '') || 'its top'})`);
    }
    return compile();
  };
}

const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: bounds,
};

function impliedType(schema: Schema): string | undefined {
  return Object.keys(keywordsOf).find((type) => keywordsOf[type]?.some((keyword) => keyword in schema));
}

/** With several types, each keeps only the keywords that speak of it. */
function without(schema: Schema, type: unknown): Schema {
  const own = keywordsOf[type === 'integer' ? 'number' : String(type)] ?? [];
  const foreign = new Set(
    Object.values(keywordsOf)
      .flat()
      .filter((keyword) => !own.includes(keyword)),
  );
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !foreign.has(keyword)));
}

function choices(values: readonly unknown[], each: (value: unknown, i: number) => string): string {
  if (values.length === 0) throw refusal('a list of choices is empty');
  return values.map(each).join(' | ');
}

/** A string that is none of these keys: it differs somewhere, or ends early, or goes on. */
function otherKey(keys: readonly string[]): string {
  const tree: Tree = { ends: false, next: new Map() };
  for (const key of keys) {
    let at = tree;
    for (const char of key) {
      if (/["\\]|\p{Cc}/u.test(char))
        throw refusal(`the key ${JSON.stringify(key)} beside additionalProperties is not supported`);
      const next = at.next.get(char) ?? { ends: false, next: new Map() };
      at.next.set(char, next);
      at = next;
    }
    at.ends = true;
  }
  return `"\\"" (${differs(tree)}) "\\""`;
}

interface Tree {
  ends: boolean;
  next: Map<string, Tree>;
}

/** Escapes are left out of these keys, or a key could be spelled in a way that looks different. */
function differs(tree: Tree): string {
  const known = [...tree.next.keys()].map((c) => (/[\]^\\-]/.test(c) ? `\\${c}` : c)).join('');
  const plain = '"\\\\\\x7F\\x00-\\x1F';
  const ways = [
    `[^${plain}${known}] [^${plain}]{0,60}`,
    ...[...tree.next].map(([char, next]) => `${literal(char)} (${differs(next)})`),
  ];
  return (tree.ends ? ways : ['""', ...ways]).join(' | ');
}

function resolve(root: unknown, pointer: string): unknown {
  if (!pointer.startsWith('#')) throw refusal(`$ref to ${pointer} leaves the schema`);
  let at = root;
  for (const step of pointer.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined;
  }
  if (at === undefined) throw refusal(`$ref to ${pointer} leads nowhere`);
  return at;
}

function count(schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw refusal(`${keyword} is no whole number`);
  if (value > mostRepetitions) throw refusal(`${keyword} above ${mostRepetitions} is not supported`);
  return value;
}

function list(value: unknown, keyword: string): unknown[] {
  if (!Array.isArray(value)) throw refusal(`${keyword} is no list`);
  return value;
}

function record(value: unknown, keyword: string): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(`${keyword} is no object`);
  return { ...value };
}

function refusal(why: string): Refusal {
  return new Refusal('bad-request', `This JSON schema can not be enforced: ${why}.`, { param: 'schema' });
}
