/** What the answers to all cases come to, beside what they should. */
import type { Figure } from '../bench/figure.ts';
import type { Asked } from './ask.ts';
import type { Case, Group } from './cases.ts';
import { isRight, type Verdict } from './score.ts';

export interface Result {
  wanted: Case;
  asked: Asked;
  verdict: Verdict;
}

const told: Record<Group, { name: string; atLeast?: number }> = {
  shared: { name: 'cited, words shared', atLeast: 95 },
  meaning: { name: 'cited, meaning only', atLeast: 60 },
  passages: { name: 'passages, tables, lists' },
  two: { name: 'two entries' },
  unanswerable: { name: 'unanswerable, declined', atLeast: 92 },
  memory: { name: 'told in the chat', atLeast: 95 },
  corrections: { name: 'corrected in the chat', atLeast: 90 },
  copying: { name: 'letter for letter', atLeast: 97 },
  tools: { name: 'tools', atLeast: 80 },
  edges: { name: 'edges and self' },
};

export function figuresOf(results: readonly Result[]): Figure[] {
  const figures = Object.entries(told).flatMap(([group, { name, atLeast }]) => {
    const those = results.filter(({ wanted }) => wanted.group === group);
    const share = shareOf(name, those, ({ verdict }) => isRight(verdict));
    return share.map((figure) => (atLeast === undefined ? figure : { ...figure, reach: { atLeast } }));
  });
  const answerable = results.filter(({ wanted }) => wanted.cite.length > 0);
  const byWords = answerable.filter(({ wanted }) => wanted.group !== 'meaning');
  const declined = ({ verdict }: Result): boolean => verdict.declined && !isRight(verdict);
  return [
    ...figures,
    ...shareOf('all of them', results, ({ verdict }) => isRight(verdict)),
    ...atMost(3, shareOf('answerable, yet declined', answerable, declined)),
    ...atMost(3, shareOf('the same, words shared', byWords, declined)),
    ...atMost(
      0,
      shareOf('in circles', results, ({ verdict }) => verdict.repeats),
    ),
  ];
}

const atMost = (most: number, figures: readonly Figure[]): Figure[] =>
  figures.map((figure) => ({ ...figure, reach: { atMost: most } }));

function shareOf(name: string, results: readonly Result[], is: (result: Result) => boolean): Figure[] {
  if (results.length === 0) return [];
  const of = (those: readonly Result[]): string => `${those.filter(is).length} of ${those.length}`;
  const chinese = results.filter(({ wanted }) => wanted.language === 'zh');
  const note = chinese.length === 0 ? of(results) : `${of(results)}, Chinese ${of(chinese)}`;
  return [{ name, value: (100 * results.filter(is).length) / results.length, unit: '%', note }];
}

/** A wrong answer with what was asked and what was wanted. */
export function failure({ wanted, asked, verdict }: Result): string {
  const turns =
    asked.before.length === 0
      ? []
      : [`  after ${asked.before.length} turns, ${asked.dropped} of them dropped`];
  const entries = wanted.uncut
    ? [`  (${wanted.entries.length} entries)`]
    : wanted.entries.map((entry, i) => `  [${i + 1}] ${entry.text}`);
  const calls = asked.calls.map(({ name, arguments: json }) => `${name}(${json})`);
  return [
    `${wanted.id}: ${verdict.problems.join('; ')}`,
    ...entries,
    ...turns,
    `  ? ${wanted.question}`,
    `  → ${[asked.answer, ...calls].filter(Boolean).join(' ') || '(nothing)'}`,
    `  = ${want(wanted)}`,
  ].join('\n');
}

function want({ must, cite, mustNot, declines, handsOn, call, json }: Case): string {
  return [
    ...must.map((one) => (typeof one === 'string' ? one : one.join(' | '))),
    cite.map((n) => `[${n}]`).join(''),
    mustNot.length > 0 ? `not ${mustNot.join(', ')}` : '',
    declines ? 'says that it does not know' : '',
    handsOn ? 'points to a larger model' : '',
    call ? `${call.name}(${JSON.stringify(call.arguments)})` : '',
    json ? JSON.stringify(json) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}
