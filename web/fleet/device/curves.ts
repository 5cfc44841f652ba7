/** Samples as curves: which belong into one chart, where nothing was heard, and what they amount to. */
import type { Samples } from '@rockpool/protocol/fleet/api';
import { degrees, mebibytes, milliseconds, perSecond, plain, share, watts } from '../measures.ts';
import type { Key } from '../words/say.ts';

type Column = Exclude<keyof Samples, 'at'>;
type Ink = 'tide' | 'coral' | 'amber' | 'blue';

export interface Curve {
  column: Column;
  words: Key;
  ink: Ink;
}
export interface ChartPlan {
  words: Key;
  curves: readonly Curve[];
  /** Of one value, with its unit. */
  told(value: number | null): string;
  /** The axis ends here at least. */
  most?: number;
}

export const plans: readonly ChartPlan[] = [
  {
    words: 'metric.load',
    curves: [
      { column: 'cpuPermille', words: 'metric.cpu', ink: 'tide' },
      { column: 'gpuLoadPermille', words: 'metric.gpu', ink: 'coral' },
    ],
    told: share,
    most: 1_000,
  },
  {
    words: 'metric.hottest',
    curves: [{ column: 'hottestMilliC', words: 'metric.hottest', ink: 'coral' }],
    told: degrees,
  },
  {
    words: 'metric.tokens',
    curves: [{ column: 'milliTokensPerS', words: 'metric.tokens', ink: 'tide' }],
    told: perSecond,
  },
  {
    words: 'metric.firstToken',
    curves: [{ column: 'firstTokenP95Ms', words: 'metric.firstToken', ink: 'amber' }],
    told: milliseconds,
  },
  {
    words: 'metric.queued',
    curves: [{ column: 'queued', words: 'metric.queued', ink: 'amber' }],
    told: plain,
    most: 4,
  },
  {
    words: 'metric.memory',
    curves: [{ column: 'memoryAvailableMiB', words: 'metric.memory', ink: 'blue' }],
    told: mebibytes,
  },
  {
    words: 'metric.power',
    curves: [{ column: 'powerMilliW', words: 'metric.power', ink: 'amber' }],
    told: watts,
  },
  {
    words: 'metric.disk',
    curves: [{ column: 'diskFreeMiB', words: 'metric.disk', ink: 'blue' }],
    told: mebibytes,
  },
];

/** Only what was measured at all: a PC has no rails, and an empty chart says nothing. */
export function measured(plan: ChartPlan, samples: Samples): Curve[] {
  return plan.curves.filter(({ column }) => samples[column].some((value) => value !== null));
}

/** From so many usual distances on, nothing was heard in between: no line is drawn over it. */
const gapFactor = 4;

/** A point of nothing in every gap, so that a line breaks there. */
export function withGaps(samples: Samples): Samples {
  const { at } = samples;
  const steps = at.slice(1).map((time, place) => time - (at[place] ?? time));
  const usual = [...steps].sort((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
  const breaks = steps.flatMap((step, place) => (usual > 0 && step > gapFactor * usual ? [place + 1] : []));
  if (breaks.length === 0) return samples;
  const put = <T>(values: readonly T[], between: (place: number) => T): T[] =>
    values.flatMap((value, place) => (breaks.includes(place) ? [between(place), value] : [value]));
  const columns = Object.entries(samples).map(([name, values]) =>
    name === 'at'
      ? [name, put(at, (place) => (at[place - 1] ?? 0) + usual)]
      : [name, put<number | null>(values, () => null)],
  );
  return Object.fromEntries(columns);
}

export interface Extent {
  last: number | null;
  low: number | null;
  high: number | null;
}

export function extent(values: readonly (number | null)[]): Extent {
  const known = values.filter((value) => value !== null);
  return {
    last: known.at(-1) ?? null,
    low: known.length > 0 ? known.reduce((least, value) => Math.min(least, value)) : null,
    high: known.length > 0 ? known.reduce((most, value) => Math.max(most, value)) : null,
  };
}

/** Some rows of a table, evenly spread: for who reads no curves. */
export function spread(length: number, rows: number): number[] {
  if (length <= rows) return Array.from({ length }, (_, place) => place);
  return Array.from({ length: rows }, (_, row) => Math.round((row * (length - 1)) / (rows - 1)));
}
