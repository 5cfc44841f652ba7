/** Driver for node-cron, of which the calendar is taken, and not the clockwork. */
import { createHash } from 'node:crypto';
import { createTask, parse, validate } from 'node-cron';

/**
 * Runs something again and again, spread over a fleet: each device is late by a time of its own, which its name decides.
 * What still runs is never run a second time beside itself; it is late then, and once only.
 *
 * node-cron's own clockwork goes through every moment that it missed, one after the other: a device without a battery
 * starts in 1970 and is set by the network's time, which of a job twice a minute are 59 million (an hour, at 58 µs each, in
 * which the device says nothing). Set back by a year, it would wait for a year. So it is only asked when the next moment is,
 * by the clock as it is now, at least once a minute.
 */
export interface Cron {
  /**
   * By the device's calendar, for what belongs to a time of day.
   * @param expression five fields, or six with seconds first
   * @param spreadS by how much devices are late at most
   * @throws CronError for what is no expression, or never comes
   */
  at(name: string, expression: string, spreadS: number, run: Run): Job;
  /** By a clock that only goes forward, for what belongs to no time of day. The first run is within one period. */
  every(name: string, seconds: number, run: Run): Job;
  /** Ends all, and waits for what runs. */
  close(): Promise<void>;
}

export type Run = (signal: AbortSignal) => Promise<void>;

export interface Job {
  /** Waits for a run under way. */
  stop(): Promise<void>;
}

export class CronError extends Error {
  override readonly name = 'CronError';
}

export interface CronParts {
  /** The device's name: who has it is as late as it was yesterday. */
  device: string;
  /** Of a run that failed. The next comes as planned. */
  report(error: unknown): void;
}

/** So often the clock is looked at: a jump of it delays or hastens a job by no more. */
const lookAtClockMs = 60_000;

export function createCron({ device, report }: CronParts): Cron {
  const jobs = new Set<Job>();

  /** @param wait resolves when it is time */
  function start(wait: (signal: AbortSignal) => Promise<void>, run: Run): Job {
    const stopped = new AbortController();
    const { signal } = stopped;
    const loop = async (): Promise<void> => {
      for (;;) {
        await wait(signal);
        if (signal.aborted) return;
        await run(signal).catch((error: unknown) => {
          if (!signal.aborted) report(error);
        });
      }
    };
    const running = loop();
    const job: Job = {
      async stop() {
        stopped.abort(new CronError('no longer wanted'));
        jobs.delete(job);
        await running;
      },
    };
    jobs.add(job);
    return job;
  }

  return {
    at(name, expression, spreadS, run) {
      const next = calendarOf(expression);
      const lateMs = latenessOf(device, name, spreadS * 1_000);
      return start(async (signal) => {
        await untilClock(next, signal);
        await pause(lateMs, signal);
      }, run);
    },
    every(name, seconds, run) {
      const periodMs = seconds * 1_000;
      let dueMs = performance.now() + latenessOf(device, name, periodMs);
      return start(async (signal) => {
        await pause(dueMs - performance.now(), signal);
        // After a run that took longer than a period, the next is at its usual place again.
        const missed = Math.max(0, Math.floor((performance.now() - dueMs) / periodMs));
        dueMs += (missed + 1) * periodMs;
      }, run);
    },
    async close() {
      await Promise.all([...jobs].map((job) => job.stop()));
    },
  };
}

/** The same for a device and a job on every day, and spread evenly over a fleet. Below `withinMs`. */
export function latenessOf(device: string, job: string, withinMs: number): number {
  const hash = createHash('sha256').update(`${device}\n${job}`).digest();
  return Math.floor((hash.readUIntBE(0, 6) / 2 ** 48) * withinMs);
}

export function isCronExpression(expression: string): boolean {
  try {
    calendarOf(expression)();
    return true;
  } catch (error) {
    if (error instanceof CronError) return false;
    throw error;
  }
}

/** The moments of a day, in milliseconds since 1970, earliest first. The day is the device's own, told by any time of it. */
export type Calendar = (day: Date) => number[];

/**
 * For windows, which have to be known for any time and not only from now on. A moment that a change of the clocks leaves out
 * comes an hour later, so that no night is skipped; one that comes twice counts once. Seconds count as none.
 * @throws CronError
 */
export function calendar(expression: string): Calendar {
  if (!validate(expression)) throw new CronError(`'${expression}' is no cron expression`);
  const { second, minute, hour, month } = parse(expression);
  // Asked about days as there are in a zone whose clocks never change.
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  void task.destroy();
  const isItsDay = (year: number, of: number, date: number): boolean =>
    month.includes(of + 1) && task.match(new Date(Date.UTC(year, of, date, hour[0], minute[0], second[0])));
  return (day) => {
    const [year, of, date] = [day.getFullYear(), day.getMonth(), day.getDate()];
    if (!isItsDay(year, of, date)) return [];
    const moments = hour.flatMap((h) => minute.map((m) => new Date(year, of, date, h, m).getTime()));
    return [...new Set(moments)].sort((a, b) => a - b);
  };
}

/** @returns the next moment after the present one, in milliseconds since 1970 */
function calendarOf(expression: string): () => number {
  if (!validate(expression)) throw new CronError(`'${expression}' is no cron expression`);
  // Never started: nothing of it runs.
  const task = createTask(expression, () => undefined);
  void task.destroy();
  return () => {
    const [next] = task.getNextRuns(1);
    if (!next) throw new CronError(`'${expression}' never comes`);
    return next.getTime();
  };
}

async function untilClock(next: () => number, signal: AbortSignal): Promise<void> {
  for (let dueMs = next(); !signal.aborted; ) {
    const leftMs = dueMs - Date.now();
    if (leftMs <= 0) return;
    await pause(Math.min(leftMs, lookAtClockMs), signal);
    // Set back meanwhile, the next moment is an earlier one; set forward, this one has passed.
    if (Date.now() < dueMs) dueMs = next();
  }
}

/** Ends early when it is stopped; who waits looks at the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  const timer = setTimeout(resolve, Math.max(0, ms)).unref();
  const stop = (): void => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
