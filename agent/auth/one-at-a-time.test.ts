import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('runs one after the other, in order, also after one that failed', async () => {
  const inTurn = oneAtATime(10);
  const seen: string[] = [];
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map((n) =>
      inTurn(async () => {
        seen.push(`begin ${n}`);
        await Promise.resolve();
        seen.push(`end ${n}`);
        if (n === 2) throw new Error('two');
        return n;
      }),
    ),
  );
  expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('whoever comes when the line is full is told to come back, and the line moves on', async () => {
  const inTurn = oneAtATime(2);
  const door = Promise.withResolvers<void>();
  const inside = [inTurn(() => door.promise), inTurn(() => door.promise)];
  await expect(inTurn(() => door.promise)).rejects.toMatchObject({
    code: 'busy',
    detail: { retryAfterS: 5, queueLength: 2 },
  });
  door.resolve();
  await Promise.all(inside);
  await expect(inTurn(async () => 'in')).resolves.toBe('in');
});
