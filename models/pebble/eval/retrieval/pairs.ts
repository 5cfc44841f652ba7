/** The hand-written pairs of a question and the one sentence that answers it. */
import { readFileSync } from 'node:fs';

export type Language = 'en' | 'zh';
/** Of the question's words, how much the sentence has of them. */
export type Shared = 'some' | 'few' | 'none';

export interface Pair {
  id: string;
  language: Language;
  shared: Shared;
  question: string;
  sentence: string;
}

/** @throws Error naming the line that is no pair */
export function loadPairs(): Pair[] {
  const lines = readFileSync(new URL('pairs.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line, i) => {
    const pair: unknown = JSON.parse(line);
    if (!isPair(pair)) throw new Error(`pairs.jsonl:${i + 1} is no pair: ${line}`);
    return pair;
  });
}

function isPair(value: unknown): value is Pair {
  if (typeof value !== 'object' || value === null) return false;
  const { id, language, shared, question, sentence } = value as Record<keyof Pair, unknown>;
  return (
    [id, question, sentence].every(
      (text) => typeof text === 'string' && text.trim() === text && text !== '',
    ) &&
    ['en', 'zh'].some((known) => known === language) &&
    ['some', 'few', 'none'].some((known) => known === shared)
  );
}
