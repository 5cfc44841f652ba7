/** Jobs that come again, on a device whose clock is not to be trusted. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Cron, CronError, createCron, isCronExpression, latenessOf } from './cron.ts';

const noon = new Date('2027-03-01T12:00:00').getTime();
let cron: Cron;
let failures: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  failures = [];
  cron = createCron({ device: 'leeds-1', report: (error) => void failures.push(error) });
});
afterEach(async () => {
  await cron.close();
  vi.useRealTimers();
});

/** A job that notes when it ran, by the clock that only goes forward. */
function noting() {
  const ran: number[] = [];
  const since = performance.now();
  return { ran, run: async () => void ran.push(Math.round((performance.now() - since) / 1_000)) };
}
const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1_000);
/** The wall clock jumps; time goes on as before. */
const jump = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const year = 365 * 86_400_000;

describe('by the calendar', () => {
  test('it runs when the expression says, once each', async () => {
    const { ran, run } = noting();
    cron.at('a', '*/10 * * * *', 0, run);
    await seconds(3_601);
    expect(ran).toEqual([600, 1_200, 1_800, 2_400, 3_000, 3_600]);
  });

  test('each device is as late as it always is', async () => {
    const { ran, run } = noting();
    const lateS = Math.floor(latenessOf('leeds-1', 'nightly', 1_800_000) / 1_000);
    cron.at('nightly', '0 13 * * *', 1_800, run);
    await seconds(86_400 * 2);
    expect(ran.map((at) => at - lateS)).toEqual([expect.closeTo(3_600, -1), expect.closeTo(90_000, -1)]);
  });

  test('a device that starts in 1970 and is set right runs it once for all that it missed', async () => {
    vi.setSystemTime(0);
    const { ran, run } = noting();
    cron.at('a', '*/30 * * * * *', 0, run);
    await seconds(45);
    expect(ran).toEqual([30]);
    jump(noon);
    await seconds(60);
    expect(ran.length).toBeGreaterThanOrEqual(2);
    expect(ran.length).toBeLessThanOrEqual(4);
  });

  test('a clock that goes ten years ahead and comes back neither floods nor starves', async () => {
    const { ran, run } = noting();
    cron.at('a', '*/10 * * * *', 0, run);
    await seconds(700);
    jump(10 * year);
    await seconds(600);
    const ahead = ran.length;
    expect(ahead).toBeLessThanOrEqual(3);
    jump(-10 * year);
    await seconds(1_300);
    expect(ran.length - ahead).toBeGreaterThanOrEqual(2);
    expect(ran.length - ahead).toBeLessThanOrEqual(3);
  });

  test('set back by an hour, it does not wait for that hour', async () => {
    const { ran, run } = noting();
    cron.at('a', '*/10 * * * *', 0, run);
    await seconds(599);
    jump(-3_600_000);
    await seconds(1_300);
    expect(ran.length).toBeGreaterThanOrEqual(2);
  });

  test('what takes longer than its turn is not run beside itself, nor made up for', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    cron.at('a', '* * * * *', 0, async (signal) => {
      running += 1;
      runs += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => {
        setTimeout(resolve, 150_000);
        signal.addEventListener('abort', resolve);
      });
      running -= 1;
    });
    await seconds(3_601);
    expect(most).toBe(1);
    expect(runs).toBe(20);
  });

  test('what fails is told, and comes again', async () => {
    let runs = 0;
    cron.at('a', '* * * * *', 0, async () => {
      runs += 1;
      throw new Error('no');
    });
    await seconds(181);
    expect(runs).toBe(3);
    expect(failures).toHaveLength(3);
  });

  test('what is stopped is told so, is waited for, and comes no more', async () => {
    let runs = 0;
    let ended = false;
    const job = cron.at('a', '* * * * *', 0, async (signal) => {
      runs += 1;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended = true;
      throw signal.reason;
    });
    await seconds(61);
    await job.stop();
    expect(ended).toBe(true);
    await seconds(600);
    expect(runs).toBe(1);
    expect(failures).toEqual([]);
  });

  test.each(['', '* * *', '61 * * * *', '0 0 30 2 *', 'rm -rf /', '* * * * * * *'])(
    "'%s' is refused",
    (expression) => {
      expect(isCronExpression(expression)).toBe(false);
      expect(() => cron.at('a', expression, 0, async () => undefined)).toThrow(CronError);
    },
  );

  test.each(['30 3 * * *', '*/30 * * * * *', '0 0 29 2 *', '@daily'])("'%s' is taken", (expression) => {
    expect(isCronExpression(expression)).toBe(true);
  });
});

describe('by a clock that only goes forward', () => {
  test('it runs within its first period, and then in every one', async () => {
    const { ran, run } = noting();
    cron.every('heartbeat', 30, run);
    await seconds(300);
    expect(ran).toHaveLength(10);
    const first = ran[0] ?? 0;
    expect(first).toBeLessThanOrEqual(30);
    expect(ran).toEqual(ran.map((_, i) => first + i * 30));
  });

  test('the wall clock may jump as it likes', async () => {
    const { ran, run } = noting();
    cron.every('heartbeat', 30, run);
    for (const by of [10 * year, -20 * year, 3_600_000]) {
      jump(by);
      await seconds(300);
    }
    expect(ran).toHaveLength(30);
  });

  test('after a run that took three turns the next is at its usual place, and one', async () => {
    const { ran, run } = noting();
    let isSlow = true;
    cron.every('heartbeat', 30, async () => {
      await run();
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, 100_000));
      isSlow = false;
    });
    await seconds(300);
    const first = ran[0] ?? 0;
    // The one that was due meanwhile comes at once; none is made up for beyond that.
    expect(ran.slice(0, 4)).toEqual([first, first + 100, first + 120, first + 150]);
  });
});

test('a thousand devices are spread evenly over the time that they may be late', () => {
  const quarters = [0, 0, 0, 0];
  for (let n = 0; n < 1_000; n += 1) {
    const late = latenessOf(`device-${n}`, 'heartbeat', 30_000);
    expect(late).toBeLessThan(30_000);
    const quarter = Math.floor(late / 7_500);
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  for (const many of quarters) expect(many).toBeGreaterThan(200);
});
