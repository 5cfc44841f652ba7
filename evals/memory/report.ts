/** What was measured of recall, for people: figures beside their goals, all ways beside each other, what went wrong. */
import { columns, type Figure } from '../../bench/figure.ts';
import { type Failure, type Measured, type Way, ways } from './memory-eval.ts';
import { type Kind, kinds } from './office.ts';
import type { Score } from './scores.ts';

export function figuresOf({ scores, told, questions, unheard, recallMs }: Measured): Figure[] {
  const { all, stale, outdatedBeside, outdatedTold, injected } = scores.fused;
  const note = `${questions} questions, ${told} facts told`;
  const worst = Math.max(...Object.values(scores).map((one) => one.wrongPerson));
  return [
    { name: 'recall@1', value: all.recallAt1, unit: '', note },
    { name: 'recall@5', value: all.recallAt5, unit: '', reach: { atLeast: 0.95 } },
    { name: 'recall@10', value: all.recallAt10, unit: '' },
    { name: 'MRR', value: all.meanReciprocalRank, unit: '' },
    { name: 'wrong person, any way', value: worst, unit: '', reach: { atMost: 0 } },
    {
      name: 'stale answer',
      value: stale,
      unit: '',
      reach: { atMost: 0.02 },
      note: 'of what changed: an outdated fact before today’s',
    },
    {
      name: 'outdated beside',
      value: outdatedBeside,
      unit: '',
      note: 'of what changed: an outdated fact anywhere',
    },
    {
      name: 'outdated told',
      value: outdatedTold,
      unit: '',
      note: 'of what changed: an outdated fact that reaches the prompt',
    },
    { name: 'told though unanswerable', value: injected.all, unit: '' },
    { name: 'told, not noticed', value: unheard.length, unit: '' },
    {
      name: 'one question',
      value: recallMs.median,
      unit: 'ms',
      note: `95th percentile ${recallMs.p95.toFixed(1)} ms`,
    },
  ];
}

export function scoreTable({ scores }: Measured): string {
  const all = Object.keys(ways) as Way[];
  const figures = (score: Score | undefined): string =>
    score
      ? [score.recallAt1, score.recallAt5, score.recallAt10, score.meanReciprocalRank]
          .map((one) => one.toFixed(3))
          .join(' ')
      : '';
  const row = (name: string, of: (way: Way) => string): string[] => [name, ...all.map(of)];
  const kindRows = Object.keys(scores.fused.kinds) as Kind[];
  const silent = (Object.keys(scores.fused.injected) as (Kind | 'all')[]).filter((kind) => kind !== 'all');
  const rows = [
    ['recall@1 @5 @10 MRR', ...all.map((way) => ways[way])],
    row('all that is known', (way) => figures(scores[way].all)),
    row('  English', (way) => figures(scores[way].languages.en)),
    row('  Chinese', (way) => figures(scores[way].languages.zh)),
    ...kindRows.map((kind) => row(`  ${kinds[kind]}`, (way) => figures(scores[way].kinds[kind]))),
    row('wrong person', (way) => scores[way].wrongPerson.toFixed(3)),
    row('stale answer', (way) => scores[way].stale.toFixed(3)),
    row('outdated beside', (way) => scores[way].outdatedBeside.toFixed(3)),
    row('outdated told', (way) => scores[way].outdatedTold.toFixed(3)),
    row('told though unanswerable', (way) => scores[way].injected.all.toFixed(3)),
    ...silent.map((kind) =>
      row(`  ${kinds[kind as Kind]}`, (way) => (scores[way].injected[kind] ?? 0).toFixed(3)),
    ),
  ];
  return columns(rows);
}

export function failureText({ way, asked, outcome, recalled, wanted }: Failure): string {
  return [
    `${ways[way]}, ${kinds[asked.kind]}, ${asked.asker.name}: today’s at ${place(outcome.right)}, outdated at ${place(outcome.outdated)}`,
    `  ? ${asked.question}`,
    ...wanted.map((text) => `  = ${text}`),
    ...recalled.slice(0, 5).map((text) => `  - ${text}`),
  ].join('\n');
}

const place = (at: number | undefined): string => (at === undefined ? '–' : String(at + 1));
