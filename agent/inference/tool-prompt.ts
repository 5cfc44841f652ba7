/** Tools in plain words, for templates that know none: the format that Pebble was trained on and many others know. */
import type { Tool, ToolCall } from './model.ts';

export function describeTools(system: string, tools: readonly Tool[]): string {
  const declared = tools.map(({ name, description, parameters }) =>
    spacedJson({ type: 'function', function: { name, description, parameters } }),
  );
  return [
    ...(system === '' ? [] : [system, '']),
    '# Tools',
    'You may call one of these functions:',
    '<tools>',
    ...declared,
    '</tools>',
    'Call one with <tool_call>{"name": ..., "arguments": {...}}</tool_call>.',
  ].join('\n');
}

export function writeCall({ name, arguments: json }: ToolCall): string {
  return `<tool_call>{"name": ${JSON.stringify(name)}, "arguments": ${respaced(json)}}</tool_call>`;
}

export function writeResult(content: string): string {
  return `<tool_response>${content}</tool_response>`;
}

function respaced(json: string): string {
  try {
    return spacedJson(JSON.parse(json));
  } catch {
    return JSON.stringify(json); // a client sent back something else than JSON: say it as it is
  }
}

/** With a space after every comma and colon, as the training texts have it. */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${spacedJson(inner)}`).join(', ')}}`;
}
