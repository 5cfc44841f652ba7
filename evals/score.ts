/** What is wrong with an answer, if anything. Nothing here runs a model. */
import { isDeepStrictEqual } from 'node:util';
import type { Case, Value, WantedCall } from './cases.ts';
import { equals, says } from './matching.ts';
import { declines, handsOn } from './phrases.ts';
import { repeatsItself } from './repetition.ts';

export interface Said {
  /** Without its citation marks. */
  text: string;
  /** The numbers in its marks, those that no entry has too. */
  cited: readonly number[];
  calls: readonly { name: string; arguments: string }[];
  /** It was cut off because it didn't end. */
  cutOff: boolean;
  /** The device refused to ask the model, in its words. */
  refused?: string;
}

export interface Verdict {
  problems: string[];
  declined: boolean;
  repeats: boolean;
}

export const isRight = ({ problems }: Verdict): boolean => problems.length === 0;

export function score(wanted: Case, said: Said): Verdict {
  const repeats = said.cutOff || repeatsItself(said.text);
  const declined = declines(said.text) && said.cited.length === 0 && said.calls.length === 0;
  const problems = [
    ...(said.refused === undefined ? [] : [`refused: ${said.refused}`]),
    ...(repeats ? ['goes round in circles'] : []),
    ...(/<\|im_|<\/?tool_/.test(said.text) ? ['shows marks of its template'] : []),
    ...wrongCalls(wanted, said),
    ...(wanted.call ? [] : wrongWords(wanted, said, declined)),
    ...(wanted.json ? wrongJson(wanted.json, said.text) : []),
  ];
  return { problems, declined, repeats };
}

function wrongWords(wanted: Case, { text, cited }: Said, declined: boolean): string[] {
  const { must, mustNot, exact, cite, mayCite } = wanted;
  const problems: string[] = [];
  if (text === '') problems.push('says nothing');
  for (const one of must) if (!says(text, one, exact)) problems.push(`lacks ${JSON.stringify(one)}`);
  for (const one of mustNot) if (says(text, one, exact)) problems.push(`says ${JSON.stringify(one)}`);
  const rest = cited.filter((n) => !mayCite.includes(n) || cite.includes(n));
  if (!isDeepStrictEqual(new Set(rest), new Set(cite)))
    problems.push(`cites ${list(cited)} instead of ${list(cite)}`);
  if (wanted.declines && !declined) problems.push('does not say that it does not know');
  if (wanted.handsOn && !handsOn(text)) problems.push('does not point to a larger model');
  return problems;
}

const list = (numbers: readonly number[]): string => numbers.map((n) => `[${n}]`).join('') || 'nothing';

function wrongCalls({ call }: Case, { calls, text }: Said): string[] {
  const [first, ...more] = calls;
  if (!call) return calls.length > 0 ? [`calls ${calls.map(({ name }) => name).join(', ')}`] : [];
  if (!first) return [`calls nothing${text === '' ? '' : ', it talks'}`];
  if (more.length > 0) return [`calls ${calls.length} functions`];
  if (first.name !== call.name) return [`calls ${first.name}`];
  return wrongArguments(call, first.arguments);
}

function wrongArguments({ arguments: wanted, free }: WantedCall, json: string): string[] {
  const found = parseObject(json);
  if (!found) return ['its arguments are no JSON object'];
  const extra = Object.keys(found).filter((key) => !(key in wanted) && !free.includes(key));
  return [...extra.map((key) => `makes up ${key}`), ...differing(wanted, found)];
}

function wrongJson(wanted: Record<string, Value>, text: string): string[] {
  const found = parseObject(text);
  return found ? differing(wanted, found) : ['is no JSON object'];
}

function differing(wanted: Record<string, Value>, found: Record<string, unknown>): string[] {
  return Object.entries(wanted)
    .filter(([key, value]) => !equals(found[key], value))
    .map(([key]) => `${key} is ${JSON.stringify(found[key])}`);
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // the model wrote it: a wrong answer, not a failure
  }
}
