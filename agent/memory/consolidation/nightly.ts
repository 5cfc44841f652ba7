/** When memory is tidied: at night while nobody asks, or, where a device is switched off at night, once it was due for long. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../../host/clock.ts';
import type { IdleTime } from '../idle-time.ts';
import type { Consolidation } from './consolidation.ts';

const hourMs = 3_600_000;
/** By the clock on the wall. */
const nightFrom = 1;
const nightTo = 5;
/** One a night. */
const apartMs = 12 * hourMs;
/** After so long any quiet minute will do. */
const overdueMs = 48 * hourMs;
const lookEveryMs = 60_000;

export function isDue(now: number, last: number | null, since: number): boolean {
  const hour = new Date(now).getHours();
  const isNight = hour >= nightFrom && hour < nightTo;
  if (isNight) return last === null || now - last >= apartMs;
  // A device that never ran a night counts from its start: not in its first hours.
  return now - (last ?? since) >= overdueMs;
}

export interface NightlyParts {
  consolidation: Pick<Consolidation, 'run'>;
  facts: { lastNight(): Promise<number | null> };
  idle: Pick<IdleTime, 'use'>;
  clock: Clock;
  /** What failed is tried again the next time. */
  report(error: unknown): void;
}

export function startNightly({ consolidation, facts, idle, clock, report }: NightlyParts) {
  const since = clock.now();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    try {
      if (!isDue(clock.now(), await facts.lastNight(), since)) return;
      await idle.use(async (signal) => void (await consolidation.run(signal)));
    } catch (error) {
      // The page and /readyz say so; every minute of a night is too often for the log.
      if (!(error instanceof Refusal && error.code === 'memory-away')) report(error);
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, lookEveryMs);
  timer.unref();

  return {
    look,
    async close(): Promise<void> {
      clearInterval(timer);
      await looking;
    },
  };
}
