import { expect, test } from 'vitest';
import { readable } from './readable.ts';

test('details of the audit are told as names and values; what is none is told as it is', () => {
  expect(readable('{"name":null,"ttlMs":86400000,"order":{"name":"reboot","args":{}}}')).toBe(
    'ttlMs: 86400000, order: name=reboot',
  );
  expect(readable('{}')).toBe('');
  expect(readable('a sentence')).toBe('a sentence');
  expect(readable('[1]')).toBe('[1]');
});
