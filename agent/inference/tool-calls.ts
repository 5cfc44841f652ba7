/** How models of different families spell a call: the grammar that admits it and the scanner that reads it. */
import { randomBytes } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import { createGrammarBuilder, literal } from './json-grammar.ts';
import type { GenerateEvent, Tool } from './model.ts';

export interface Dialect {
  /** A call begins with this, */
  open: string;
  /** its object in a list or bare, */
  list: boolean;
  /** and ends with this. */
  close: string;
  argumentsKey: 'arguments' | 'parameters';
  /** Recognised at the beginning of an answer only, because it is ordinary text elsewhere. */
  onlyFirst: boolean;
}

export const hermes: Dialect = {
  open: '<tool_call>',
  list: false,
  close: '</tool_call>',
  argumentsKey: 'arguments',
  onlyFirst: false,
};
export const mistral: Dialect = {
  open: '[TOOL_CALLS]',
  list: true,
  close: '',
  argumentsKey: 'arguments',
  onlyFirst: false,
};
export const llama3: Dialect = {
  open: '{"name":',
  list: false,
  close: '',
  argumentsKey: 'parameters',
  onlyFirst: true,
};

/** The template shows how earlier calls are written; the model writes new ones the same way. */
export function dialectOf(template: string, knowsTools: boolean): Dialect {
  if (!knowsTools || template.includes('<tool_call>')) return hermes;
  if (template.includes('[TOOL_CALLS]')) return mistral;
  return /"parameters": ?/.test(template) ? llama3 : hermes;
}

/** More calls in one answer than these are a model that can't stop. */
const mostCalls = 16;

export interface Calls {
  tools: readonly Tool[];
  dialect: Dialect;
  /** More than one call in an answer. */
  parallel: boolean;
  /** A call must come, instead of text. */
  forced: boolean;
}

/**
 * Admits calls of these tools and nothing else.
 * @param written what there is already behind `open`; undefined: not even that
 * @returns undefined when what is written can't be the beginning of a call
 */
export function callGrammar({ tools, dialect, parallel }: Calls, written?: string): string | undefined {
  const builder = createGrammarBuilder();
  const head = `${dialect.list ? '[' : ''}${dialect === llama3 ? '' : '{"name":'}`;
  const beginning = written?.trimStart() ?? '';
  if (!head.startsWith(beginning)) return undefined;

  const objects = tools.map((tool) => {
    const { name, parameters } = tool;
    const key = literal(`"${dialect.argumentsKey}"`);
    return `${literal(JSON.stringify(name))} ws "," ws ${key} ws ":" ws ${builder.schema(argumentsSchema(tool), parameters)} ws "}"`;
  });
  const call = builder.rule('call', objects.join(' | '));
  const next = `ws ${dialect.list ? '","' : literal(dialect.close)} ws ${dialect.list ? '' : literal(dialect.open)} ws "{" ws "\\"name\\"" ws ":" ws ${call}`;
  const more = parallel && (dialect.list || dialect.close !== '') ? `(${next}){0,${mostCalls - 1}}` : '';
  const end = `${dialect.list ? '"]"' : ''} ${dialect.close === '' ? '' : literal(dialect.close)}`;
  const start = `${written === undefined ? literal(dialect.open) : ''} ${beginning === '' ? 'ws' : ''} ${literal(head.slice(beginning.length))}`;
  return builder.build(`${start} ws ${call} ${more} ws ${end}`.replace(/ "" /g, ' '));
}

function argumentsSchema({ name, parameters }: Tool): Record<string, unknown> {
  if (Object.keys(parameters).length === 0)
    return { type: 'object', properties: {}, additionalProperties: false };
  if (parameters['type'] === 'object' || parameters['properties'] !== undefined) return parameters;
  throw new Refusal('bad-request', `The parameters of the tool ${name} have to be an object.`, {
    param: 'tools',
  });
}

export interface CallScanner {
  push(text: string): GenerateEvent[];
  /** Calls that came to their end. */
  complete(): number;
}

const callHead = /^\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*\{$/;

/** Reads what the grammar admits, as it comes: the name as soon as it stands, the arguments piece by piece. */
export function createCallScanner(): CallScanner {
  let where: 'between' | 'head' | 'arguments' | 'tail' = 'between';
  let index = -1;
  let complete = 0;
  let head = '';
  let nesting = createNesting();
  return {
    push(text) {
      const events: GenerateEvent[] = [];
      let argumentsText = '';
      for (const char of text) {
        if (where === 'between' && char === '{') [where, head] = ['head', char];
        else if (where === 'head') {
          head += char;
          const name = char === '{' ? callHead.exec(head)?.[1] : undefined;
          if (name === undefined) continue;
          index += 1;
          events.push({ type: 'tool-call', index, id: callId(), name: String(JSON.parse(name)) });
          where = 'arguments';
          nesting = createNesting();
          nesting(char);
          argumentsText = char;
        } else if (where === 'arguments') {
          argumentsText += char;
          if (nesting(char) > 0) continue;
          events.push({ type: 'tool-arguments', index, text: argumentsText });
          argumentsText = '';
          complete += 1;
          where = 'tail';
        } else if (where === 'tail' && char === '}') where = 'between';
      }
      if (argumentsText !== '') events.push({ type: 'tool-arguments', index, text: argumentsText });
      return events;
    },
    complete: () => complete,
  };
}

/** How deep in braces a JSON text is after each character; those inside of strings don't count. */
function createNesting(): (char: string) => number {
  let depth = 0;
  let inString = false;
  let escaped = false;
  return (char) => {
    if (escaped) escaped = false;
    else if (inString && char === '\\') escaped = true;
    else if (char === '"') inString = !inString;
    else if (!inString && char === '{') depth += 1;
    else if (!inString && char === '}') depth -= 1;
    return depth;
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function callId(): string {
  return `call_${[...randomBytes(24)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}
