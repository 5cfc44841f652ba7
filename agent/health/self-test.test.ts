/** The agent's look at itself, and the schedule on which it looks. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCron } from '../host/cron.ts';
import type { Finding } from './probes.ts';
import { startSchedule } from './schedule.ts';
import { createSelfTest, failedIn, linesOf } from './self-test.ts';

const good: Finding = { probe: 'disk', state: 'good', says: '9 GB free' };
/** Answers, and knows how often it was asked. */
function counting<T>(answer: T) {
  const run = async (): Promise<T> => {
    run.times += 1;
    return answer;
  };
  run.times = 0;
  return run;
}
const bad: Finding = { probe: 'database', state: 'bad', says: 'damaged', cure: 'restore it' };

describe('a self-test', () => {
  test('asks all, one after the other, whatever one of them does', async () => {
    const asked: string[] = [];
    const note = <T>(name: string, answer: T): T => {
      asked.push(name);
      return answer;
    };
    const test = createSelfTest(
      [
        { name: 'first', run: () => note('first', good) },
        { name: 'throws', run: () => Promise.reject(new Error('no such file')) },
        { name: 'hangs', run: () => new Promise<never>(() => undefined) },
        { name: 'last', run: async () => note('last', [bad, good]) },
      ],
      50,
    );
    const findings = await test.run();
    expect(asked).toEqual(['first', 'last']);
    expect(failedIn(findings)).toEqual(['throws', 'hangs', 'database']);
    expect(linesOf(findings)[0]).toBe('bad throws: no such file → run `rockpool doctor` on the device');
    expect(linesOf(findings).at(-1)).toBe('good disk: 9 GB free');
  });

  test('does not fail for what is raised already', () => {
    expect(failedIn([{ ...bad, probe: 'warning' }, bad])).toEqual(['database']);
  });

  test('is not run beside itself', async () => {
    const run = counting(good);
    const test = createSelfTest([{ name: 'a', run }]);
    await Promise.all([test.run(), test.run()]);
    expect(run.times).toBe(1);
    await test.run();
    expect(run.times).toBe(2);
  });

  test('ends when it is ended', async () => {
    const stop = new AbortController();
    const test = createSelfTest([{ name: 'a', run: () => new Promise<never>(() => undefined) }]);
    const running = test.run(stop.signal);
    stop.abort();
    expect(await running).toMatchObject([{ probe: 'a', state: 'bad', says: 'it was ended' }]);
  });
});

describe('the schedule', () => {
  afterEach(() => void vi.useRealTimers());

  test('looks every half minute, tests itself at night, and does otherwise once it is told to', async () => {
    vi.useFakeTimers({ now: new Date('2027-03-01T12:00:00').getTime() });
    const cron = createCron({ device: 'leeds-1', report: (error) => expect.unreachable(String(error)) });
    const look = counting({} as never);
    const night = counting([good, bad]);
    const renewal = counting(undefined);
    const failed: (readonly string[])[] = [];
    const schedule = startSchedule({
      cron,
      health: {
        sample: look,
        selfTested: (names) => void failed.push(names),
        latest: () => undefined,
        warnings: () => [],
        close: async () => undefined,
      },
      selfTest: { run: night },
      tell: () => undefined,
      certificates: renewal,
    });
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(look.times).toBe(2_880);
    expect(night.times).toBe(1);
    expect(failed).toEqual([['database']]);
    expect(renewal.times).toBeGreaterThanOrEqual(23);

    await schedule.set({ heartbeatS: 60, selfTest: '0 * * * *' });
    look.times = 0;
    night.times = 0;
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(look.times).toBe(1_440);
    expect(night.times).toBeGreaterThanOrEqual(23);

    await schedule.stop();
    look.times = 0;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(look.times).toBe(0);
    await cron.close();
  });
});
