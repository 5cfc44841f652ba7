import { expect, test } from 'vitest';
import { Mirrors } from './mirrors.ts';
import type { Mirror } from './source.ts';

const hour = 3_600_000;
const [a, b, near]: [Mirror, Mirror, Mirror] = [
  { url: 'https://a', near: false },
  { url: 'https://b', near: false },
  { url: 'https://near', near: true },
];

function world() {
  const clock = { now: 0 };
  const mirrors = new Mirrors({ list: () => [a, b, near], now: () => clock.now });
  return { clock, mirrors, order: (sha256 = 'x') => mirrors.inOrder(sha256).map(({ url }) => url.slice(8)) };
}

test('near ones are asked first, the others in their order', () => {
  expect(world().order()).toEqual(['near', 'a', 'b']);
});

test('who lies three times within an hour is left alone for one, the next time for two', () => {
  const { clock, mirrors, order } = world();
  const lie = (): boolean[] => [1, 2, 3].map(() => mirrors.blame(a, 'lies', 'x'));
  expect(lie()).toEqual([false, false, true]);
  mirrors.well(a);
  expect(order()).toEqual(['near', 'b']);
  clock.now += hour;
  expect(order()).toEqual(['near', 'a', 'b']);
  lie();
  clock.now += hour;
  expect(order()).toEqual(['near', 'b']);
  clock.now += hour;
  expect(order()).toEqual(['near', 'a', 'b']);
});

test('strikes are forgotten after an hour without another', () => {
  const { clock, mirrors } = world();
  mirrors.blame(a, 'lies', 'x');
  mirrors.blame(a, 'lies', 'x');
  clock.now += hour + 1;
  expect(mirrors.blame(a, 'lies', 'x')).toBe(false);
});

test('who does not answer is asked last, for longer each time, and first again when it did', () => {
  const { clock, mirrors, order } = world();
  mirrors.blame(near, 'gone', 'x');
  expect(order()).toEqual(['a', 'b', 'near']);
  clock.now += 15_000;
  expect(order()).toEqual(['near', 'a', 'b']);
  mirrors.blame(near, 'gone', 'x');
  clock.now += 15_000;
  expect(order()).toEqual(['a', 'b', 'near']);
  mirrors.well(near);
  expect(order()).toEqual(['near', 'a', 'b']);
});

test('who lacks one artifact may have another, and has it perhaps later', () => {
  const { clock, mirrors, order } = world();
  mirrors.blame(near, 'lacks', 'x');
  expect(order('x')).toEqual(['a', 'b']);
  expect(order('y')).toEqual(['near', 'a', 'b']);
  clock.now += 600_000;
  expect(order('x')).toEqual(['near', 'a', 'b']);
});
