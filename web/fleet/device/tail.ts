/** The live end of the charts: what was measured while somebody looks, which no thinned-out row of the controller's shows yet. */
import type { Samples } from '@rockpool/protocol/fleet/api';
import type { Health } from '@rockpool/protocol/fleet/health';

export interface Measured {
  /** Receipt, in seconds since 1970. */
  at: number;
  values: Record<Exclude<keyof Samples, 'at'>, number | null>;
}

/** An hour at a heartbeat of ten seconds. */
const most = 360;
/** Nothing was heard for so long: no line is drawn over it. The controller keeps a row in five minutes. */
const gapS = 1_200;

/** @param healthAt milliseconds since 1970 */
export function measuredOf(health: Health, healthAt: number): Measured {
  const { cpu, memory, disk, jetson, model } = health;
  return {
    at: Math.floor(healthAt / 1000),
    values: {
      cpuPermille: cpu.loadPermille,
      memoryAvailableMiB: memory.availableMiB,
      diskFreeMiB: disk.freeMiB,
      hottestMilliC: hottest(health)?.milliC ?? null,
      gpuLoadPermille: jetson?.gpuLoadPermille ?? null,
      powerMilliW: power(health),
      milliTokensPerS: model.milliTokensPerS,
      queued: model.queued,
      firstTokenP95Ms: model.firstTokenP95Ms,
    },
  };
}

export function hottest({ temperatures }: Health): Health['temperatures'][number] | null {
  const known = temperatures.filter(({ milliC }) => milliC !== null);
  return known.reduce<(typeof known)[number] | null>(
    (first, one) => (first && (first.milliC ?? 0) >= (one.milliC ?? 0) ? first : one),
    null,
  );
}

/** What goes into the board as a whole, where it measures that; else all that it measures. */
export function power({ jetson }: Health): number | null {
  if (!jetson) return null;
  const whole = jetson.rails.find(({ rail }) => rail === 'VDD_IN');
  if (whole) return whole.milliW;
  const known = jetson.rails.flatMap(({ milliW }) => milliW ?? []);
  return known.length > 0 ? known.reduce((sum, one) => sum + one) : null;
}

/** @returns the same where there is nothing new */
export function grow(tail: readonly Measured[], next: Measured): readonly Measured[] {
  const last = tail.at(-1);
  return last && last.at >= next.at ? tail : [...tail.slice(1 - most), next];
}

export function withTail(samples: Samples, tail: readonly Measured[]): Samples {
  const last = samples.at.at(-1);
  const fresh = tail.filter(({ at }) => last === undefined || at > last);
  const [first] = fresh;
  if (!first) return samples;
  const isBroken = last !== undefined && first.at - last > gapS;
  const columns = Object.entries(samples).map(([name, values]) => {
    if (name === 'at')
      return [name, [...values, ...(isBroken ? [last + 1] : []), ...fresh.map(({ at }) => at)]];
    const added = fresh.map((one) => one.values[name as keyof Measured['values']]);
    return [name, [...values, ...(isBroken ? [null] : []), ...added]];
  });
  return Object.fromEntries(columns);
}
