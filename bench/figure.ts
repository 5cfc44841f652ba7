/** A measured figure beside what it should reach, and how a run of them is printed. */

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it should reach; left out, it is told for its own sake. */
  reach?: { atMost: number } | { atLeast: number };
  /** How it came about: samples, spread, the peer. */
  note?: string;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** @param share 0.95 for the 95th percentile (nearest rank) */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function reached({ value, reach }: Figure): boolean | undefined {
  if (reach === undefined) return undefined;
  return 'atMost' in reach ? value <= reach.atMost : value >= reach.atLeast;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${round(figure.value)} ${figure.unit}`.trim(),
    goal(figure),
    { true: 'yes', false: 'NO', undefined: '' }[String(reached(figure)) as 'true'] ?? '',
    figure.note ?? '',
  ]);
  return columns([['figure', 'measured', 'goal', 'reached', 'how'], ...rows]);
}

/** Rows of cells under one another; the last cell of a row is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const goal = ({ reach, unit }: Figure): string => {
  if (reach === undefined) return '';
  return ('atMost' in reach ? `≤ ${reach.atMost} ${unit}` : `≥ ${reach.atLeast} ${unit}`).trim();
};

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
