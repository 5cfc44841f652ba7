import type { Posture, PostureFinding } from '@rockpool/protocol/posture';
import { afterEach, expect, test, vi } from 'vitest';
import { createPostureWatch, missingIn, type PostureWatch } from './posture-watch.ts';

const finding = (code: PostureFinding['code'], state: PostureFinding['state']): PostureFinding => ({
  ...{ code, state, says: `${Math.random()}.` },
  cure: state === 'good' ? null : 'do something',
});
const good: Posture = { holds: true, findings: [finding('clock', 'good')] };
const bad: Posture = { holds: false, findings: [finding('clock', 'bad'), finding('identity', 'warning')] };

let watch: PostureWatch;
afterEach(async () => {
  await watch.close();
  vi.useRealTimers();
});

function watching(read: () => Promise<Posture>) {
  const told: string[] = [];
  const reported: unknown[] = [];
  watch = createPostureWatch({
    read,
    changed: (posture, state) => told.push(`${state}: ${missingIn(posture).join(' ')}`),
    report: (error) => reported.push(error),
    everyMs: { open: 60_000, closed: 5_000 },
  });
  return { told, reported };
}

test('nobody is served before it has held; after that it pauses, and opens again', async () => {
  let now = bad;
  const { told } = watching(async () => now);
  expect([watch.state(), watch.last()]).toEqual(['closed', undefined]);
  await watch.look();
  expect(watch.state()).toBe('closed');
  now = good;
  await watch.look();
  expect(watch.state()).toBe('open');
  now = bad;
  await watch.look();
  expect(watch.state()).toBe('paused');
  await watch.look(); // the same again is told once
  now = good;
  await watch.look();
  expect(told).toEqual(['closed: clock', 'open: ', 'paused: clock', 'open: ']);
});

test('what can not be looked at does not hold', async () => {
  let fails = false;
  const { reported } = watching(async () => {
    if (fails) throw new Error('the kernel says nothing');
    return good;
  });
  await watch.look();
  fails = true;
  expect(await watch.look()).toMatchObject({ holds: false });
  expect(watch.state()).toBe('paused');
  expect(reported).toHaveLength(1);
});

test('it looks again by itself: soon while somebody waits, rarely while all is well', async () => {
  vi.useFakeTimers();
  let looks = 0;
  let now = bad;
  watching(async () => {
    looks += 1;
    return now;
  });
  const waited = watch.until(({ holds }) => holds, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(looks).toBe(3);
  now = good;
  await vi.advanceTimersByTimeAsync(5_000);
  await waited;
  expect(looks).toBe(4);
  await vi.advanceTimersByTimeAsync(58_000);
  expect(looks).toBe(4);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(looks).toBe(5);
});

test('whoever waits is let go when the process is to end', async () => {
  watching(async () => bad);
  const stop = new AbortController();
  const waited = watch.until(({ holds }) => holds, stop.signal);
  await watch.look();
  stop.abort(new Error('stopped'));
  await expect(waited).rejects.toThrow('stopped');
});

test('several who ask at once share one look', async () => {
  let looks = 0;
  watching(async () => {
    looks += 1;
    return good;
  });
  await Promise.all([watch.look(), watch.look(), watch.look()]);
  expect(looks).toBe(1);
});
