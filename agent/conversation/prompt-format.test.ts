/** The built-in model reads prompts as it was trained on them: what the agent composes is what models/pebble/prompt.json says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeTools, writeCall, writeResult } from '../inference/tool-prompt.ts';
import { chooseEntries } from './context.ts';
import type { Found, Recalled } from './parts.ts';
import { history, newest } from './prompt.ts';

interface PromptFormat {
  system: string;
  context: { header: string; entry: string; entryGap: string; questionGap: string };
  labels: { memory: string; document: string; documentPage: string };
  tools: { before: string; declaration: string; after: string; call: string; result: string };
}

const format = JSON.parse(
  readFileSync(new URL('../../models/pebble/prompt.json', import.meta.url), 'utf8'),
) as PromptFormat;

/** Every `{name}` of a pattern filled in. */
const filled = (pattern: string, values: Record<string, string | number>): string =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, () => String(value)),
    pattern,
  );

const memory = {
  fact: { id: 1, text: 'The alarm code is 4471.', saidAt: new Date(2026, 2, 2, 12).getTime() },
} as Recalled;
const found = (id: number, documentName: string, page: number | null, text: string) =>
  ({ passage: { id, documentId: 7, page, text }, documentName }) as Found;

test('the system text', () => {
  expect(history(true, [])).toEqual([{ role: 'system', content: format.system }]);
});

test('entries with their labels, then the question', () => {
  const passages = [
    found(2, 'handbook.pdf', 12, 'Visitors park\nbehind the bakery.'),
    found(3, 'menu.txt', null, 'Soup costs 4 euros.'),
  ];
  const offered = chooseEntries([memory], passages).map((entry, i) => ({ n: i + 1, ...entry }));
  const { context, labels } = format;
  const expected = [
    { label: filled(labels.memory, { date: '2026-03-02' }), text: 'The alarm code is 4471.' },
    {
      label: filled(labels.documentPage, { name: 'handbook.pdf', page: 12 }),
      text: 'Visitors park behind the bakery.',
    },
    { label: filled(labels.document, { name: 'menu.txt' }), text: 'Soup costs 4 euros.' },
  ].map((entry, i) => filled(context.entry, { n: i + 1, ...entry }));
  expect(newest('Where do visitors park?', offered, 200)).toEqual({
    role: 'user',
    content: `${[context.header, ...expected].join(context.entryGap)}${context.questionGap}Where do visitors park?`,
  });
});

test('a question without entries', () => {
  expect(newest('Hello', [], 200).content).toBe('Hello');
});

test('tools: their declaration, a call and its result', () => {
  const { tools } = format;
  const parameters = { type: 'object', properties: { at: { type: 'string' } }, required: ['at'] };
  const spaced = '{"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}';
  const declared = filled(tools.declaration, {
    name: '"set_reminder"',
    description: '"Create a reminder"',
    parameters: spaced,
  });
  const tool = { name: 'set_reminder', description: 'Create a reminder', parameters };
  expect(describeTools(format.system, [tool, tool])).toBe(
    `${format.system}\n\n${tools.before}${declared}\n${declared}${tools.after}`,
  );
  expect(describeTools('', [tool])).toBe(`${tools.before}${declared}${tools.after}`);
  expect(
    writeCall({ name: 'set_reminder', arguments: '{"at":"14:30"}' } as Parameters<typeof writeCall>[0]),
  ).toBe(filled(tools.call, { name: '"set_reminder"', arguments: '{"at": "14:30"}' }));
  expect(writeResult('{"ok": true}')).toBe(filled(tools.result, { content: '{"ok": true}' }));
});
