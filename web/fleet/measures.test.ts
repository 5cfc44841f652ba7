import { afterEach, expect, test } from 'vitest';
import { language } from '../i18n/speech.ts';
import {
  dash,
  degrees,
  kibPerSecond,
  mebibytes,
  milliseconds,
  percentOf,
  perSecond,
  plain,
  relative,
  share,
  span,
  watts,
} from './measures.ts';
import { parseLabel } from './parts/label-text.ts';

afterEach(() => {
  language.value = 'en';
});

test('what could not be read is a dash, never zero', () => {
  for (const told of [
    share,
    mebibytes,
    degrees,
    watts,
    perSecond,
    milliseconds,
    plain,
    kibPerSecond,
    percentOf,
  ]) {
    expect(told(null), told.name).toBe(dash);
    expect(told(0), told.name).toMatch(/^0/);
  }
});

test('numbers come in the unit that one thinks in', () => {
  expect(share(417)).toBe('42%');
  expect([mebibytes(993), mebibytes(2_150), mebibytes(312_000)]).toEqual(['993 MB', '2.1 GB', '305 GB']);
  expect(degrees(61_400)).toBe('61°C');
  expect([watts(6_320), watts(14_800)]).toEqual(['6.3 W', '15 W']);
  expect(perSecond(15_700)).toBe('15.7');
  expect([milliseconds(380), milliseconds(1_840)]).toEqual(['380 ms', '1.8 s']);
  expect([kibPerSecond(35), kibPerSecond(2_150)]).toEqual(['35 kB/s', '2.1 MB/s']);
  expect(percentOf(4)).toBe('4%');
});

test('times are told in the largest unit, on both sides of now', () => {
  const now = 1_800_000_000_000;
  expect([relative(now - 12_000, now), relative(now - 3 * 3_600_000, now)]).toEqual([
    '12 sec ago',
    '3 hr ago',
  ]);
  expect(relative(now + 2 * 86_400_000, now)).toBe('in 2 days');
  expect(relative(now, now)).toBe('0 sec ago');
  expect([span(90_000), span(26 * 3_600_000)]).toEqual(['1 min', '1 day']);
  language.value = 'zh';
  expect(relative(now - 12_000, now)).toBe('12秒前');
});

test('a label is a key and a value, as a person types them', () => {
  expect(parseLabel(' branch = São Tomé 2 ')).toEqual({ key: 'branch', value: 'São Tomé 2' });
  for (const wrong of ['', 'branch', 'branch=', '=leeds', 'Branch=leeds', 'branch=a/b'])
    expect(parseLabel(wrong), wrong).toBeNull();
});
