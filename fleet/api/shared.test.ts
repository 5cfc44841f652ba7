/** One answer for many who ask at once; a failure is nobody's but those who waited for it. */
import { expect, test } from 'vitest';
import { createClock } from '../test/fleet.fixture.ts';
import { shared } from './shared.ts';

test('whoever asks within a moment gets the same answer, and later ones a new one', async () => {
  const clock = createClock(0);
  let asked = 0;
  const ask = shared(
    (key) => {
      asked += 1;
      return Promise.resolve(`${key} ${asked}`);
    },
    1_000,
    clock,
    2,
  );
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a 1', 'a 1', 'b 2']);
  clock.pass(1_001);
  expect(await ask('a')).toBe('a 3');
  clock.set(0); // set back: nothing lives for ever by that
  expect(await ask('a')).toBe('a 4');
  await ask('c');
  await ask('d'); // more than are kept: the oldest goes
  expect(await ask('a')).toBe('a 7');
});

test('a failure is told to those who waited for it, and not kept', async () => {
  let isBroken = true;
  const ask = shared(
    () => (isBroken ? Promise.reject(new Error('away')) : Promise.resolve('there')),
    60_000,
    createClock(),
  );
  await Promise.all([expect(ask('a')).rejects.toThrow('away'), expect(ask('a')).rejects.toThrow('away')]);
  isBroken = false;
  expect(await ask('a')).toBe('there');
});

test('what takes long is kept for longer: asking takes no more than a twentieth of the time', async () => {
  const clock = createClock(0);
  let asked = 0;
  const ask = shared(
    async () => {
      asked += 1;
      const until = performance.now() + 100;
      while (performance.now() < until) await Promise.resolve();
      return asked;
    },
    10,
    clock,
  );
  await ask('a');
  clock.pass(1_900);
  expect(await ask('a')).toBe(1);
  clock.pass(600_000);
  expect(await ask('a')).toBe(2);
});
