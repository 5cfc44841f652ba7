/** The hand-written cases for the built-in chat model, as they lie in `models/pebble/eval/`: one file a group, one case a line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const folder = new URL('../models/pebble/eval/', import.meta.url).pathname;

/** In the order in which the table tells them. */
export const groups = [
  'shared',
  'meaning',
  'passages',
  'two',
  'unanswerable',
  'memory',
  'corrections',
  'copying',
  'tools',
  'edges',
] as const;
export type Group = (typeof groups)[number];

const Text = z.string().min(1);

const Entry = z.union([
  z.strictObject({ memory: z.iso.date(), text: Text }),
  z.strictObject({ document: Text, page: z.int().min(1).optional(), text: Text }),
]);
export type CaseEntry = z.infer<typeof Entry>;

/** What an answer has to say: a text, or any one of several. */
const Wanted = z.union([Text, z.array(Text).min(2)]);
export type Wanted = z.infer<typeof Wanted>;

/** What an argument has to be, or any one of several. */
const Value = z.union([z.strictObject({ anyOf: z.array(z.json()).min(2) }), z.json()]);
export type Value = z.infer<typeof Value>;

const WantedCall = z.strictObject({
  name: z.string(),
  arguments: z.record(z.string(), Value),
  free: z.array(z.string()).default([]).describe('arguments that may be left out, and say anything'),
});
export type WantedCall = z.infer<typeof WantedCall>;

const CaseObject = z.strictObject({
  id: z.string().regex(/^[a-z]+-\d\d$/),
  group: z.enum(groups),
  language: z.enum(['en', 'zh']),
  entries: z.array(Entry).default([]),
  turns: z
    .array(z.strictObject({ say: z.string(), entries: z.array(Entry).default([]) }))
    .default([])
    .describe('what the person said before; the model answers each itself, and its answer stands'),
  question: z.string(),
  uncut: z.boolean().default(false).describe('a client of the API lays the context before it, not recall'),

  must: z.array(Wanted).default([]),
  mustNot: z.array(Text).default([]),
  exact: z.boolean().default(false).describe('letter for letter, capitals included'),
  cite: z.array(z.int().min(1)).default([]).describe('the entries that the answer cites: these, no others'),
  mayCite: z.array(z.int().min(1)).default([]).describe('and these, if it likes'),
  declines: z.boolean().default(false).describe('says that it does not know'),
  handsOn: z.boolean().default(false).describe('points to a larger model'),

  tools: z.array(z.string()).default([]).describe('declared functions, by their names in tools.json'),
  called: z
    .strictObject({ name: z.string(), arguments: z.record(z.string(), z.json()), result: z.string() })
    .optional()
    .describe('the call that the question led to, and what came back'),
  call: WantedCall.optional(),
  schema: z.record(z.string(), z.json()).optional().describe('the answer is JSON of this schema'),
  json: z.record(z.string(), Value).optional().describe('what that JSON has to say'),
});

export const Case = CaseObject.refine((each) => each.id.startsWith(`${each.group}-`), 'begins with its group')
  .refine(isJudged, 'nothing is wanted of the answer')
  .refine(({ cite, mayCite, entries }) => [...cite, ...mayCite].every((n) => n <= entries.length), {
    error: 'no entry has the number that it has to cite',
  })
  .refine(
    ({ schema, json }) => (schema === undefined) === (json === undefined),
    'schema and json come together',
  );
export type Case = z.infer<typeof Case>;

function isJudged({ must, mustNot, declines, handsOn, call, json }: z.infer<typeof CaseObject>): boolean {
  return must.length + mustNot.length > 0 || declines || handsOn || call !== undefined || json !== undefined;
}

export const Tools = z.array(
  z.strictObject({ name: z.string(), description: z.string(), parameters: z.record(z.string(), z.json()) }),
);

export function loadCases(chosen: readonly Group[] = groups): Case[] {
  return chosen.flatMap((group) => {
    const lines = readFileSync(join(folder, `${group}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    return lines.map((line, i) => parseCase(line, `${group}.jsonl:${i + 1}`));
  });
}

function parseCase(line: string, where: string): Case {
  const { data, error } = Case.safeParse(JSON.parse(line));
  if (!data) throw new Error(`${where}: ${z.prettifyError(error)}`);
  return data;
}

export const loadTools = (): z.infer<typeof Tools> =>
  Tools.parse(JSON.parse(readFileSync(join(folder, 'tools.json'), 'utf8')));
