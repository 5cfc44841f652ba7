/** Numbers for charts: at most one row of them in five minutes for each device. */
import type { Health } from '@rockpool/protocol/fleet/health';
import type { SampleRow } from './reported-tables.ts';

const stepS = 300;

export function sampleOf(deviceId: number, health: Health, atMs: number): SampleRow {
  const { cpu, memory, disk, jetson, model } = health;
  return {
    device_id: deviceId,
    at: Math.floor(atMs / 1_000 / stepS) * stepS,
    cpu_permille: cpu.loadPermille,
    memory_available_mib: memory.availableMiB,
    disk_free_mib: disk.freeMiB,
    hottest_milli_c: hottest(health),
    gpu_load_permille: jetson?.gpuLoadPermille ?? null,
    power_milli_w: jetson ? power(jetson.rails) : null,
    milli_tokens_per_s: model.milliTokensPerS,
    queued: model.queued,
    first_token_p95_ms: model.firstTokenP95Ms,
  };
}

export function hottest({ temperatures }: Health): number | null {
  const known = temperatures.flatMap(({ milliC }) => milliC ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

/** Where a board measures what goes into it, the other rails are parts of that. */
const inlet = 'VDD_IN';

function power(rails: readonly { rail: string; milliW: number | null }[]): number | null {
  const whole = rails.find(({ rail }) => rail === inlet);
  if (whole) return whole.milliW;
  const known = rails.flatMap(({ milliW }) => milliW ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
