/** A device's measurements as columns for a chart, thinned to what a screen can show. */
import type { Samples } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { SampleRow } from '../registry/reported-tables.ts';
import type { Tables } from '../store/tables.ts';
import { deviceRow } from './device-row.ts';

const most = 1_000;

const columns = {
  cpuPermille: 'cpu_permille',
  memoryAvailableMiB: 'memory_available_mib',
  diskFreeMiB: 'disk_free_mib',
  hottestMilliC: 'hottest_milli_c',
  gpuLoadPermille: 'gpu_load_permille',
  powerMilliW: 'power_milli_w',
  milliTokensPerS: 'milli_tokens_per_s',
  queued: 'queued',
  firstTokenP95Ms: 'first_token_p95_ms',
} as const satisfies Record<Exclude<keyof Samples, 'at'>, keyof SampleRow>;

/** @param span milliseconds since 1970 */
export async function readSamples(
  db: Kysely<Tables>,
  name: string,
  { from, to }: { from: number; to: number },
): Promise<Samples> {
  if (from > to) throw new Refusal('bad-request', 'That span ends before it begins.', { param: 'from' });
  const { id } = await deviceRow(db, name);
  const rows = await db
    .selectFrom('samples')
    .selectAll()
    .where('device_id', '=', id)
    .where('at', '>=', Math.floor(from / 1000))
    .where('at', '<=', Math.ceil(to / 1000))
    .orderBy('at')
    .execute();
  return toColumns(thin(rows));
}

/** Neighbours become one point, which lies where the middle one lay and is as high as the highest (as low as the lowest, of what may run out): the extreme is what one looks for. */
export function thin(rows: readonly SampleRow[]): SampleRow[] {
  const each = Math.ceil(rows.length / most);
  if (each <= 1) return [...rows];
  return Array.from({ length: Math.ceil(rows.length / each) }, (_, n) => {
    const some = rows.slice(n * each, (n + 1) * each);
    const middle = some[Math.floor(some.length / 2)] as SampleRow;
    const peaks = Object.values(columns).map((column) => {
      const measured = some.flatMap((row) => row[column] ?? []);
      const isLow = column === 'memory_available_mib' || column === 'disk_free_mib';
      return [column, measured.length === 0 ? null : isLow ? Math.min(...measured) : Math.max(...measured)];
    });
    return { ...middle, ...Object.fromEntries(peaks) } as SampleRow;
  });
}

const toColumns = (rows: readonly SampleRow[]): Samples => ({
  at: rows.map(({ at }) => at),
  ...(Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, rows.map((row) => row[column])]),
  ) as Omit<Samples, 'at'>),
});
