import { expect, test } from 'vitest';
import {
  createSetupCode,
  hashSetupCode,
  isSetupCode,
  isSetupCodeHash,
  parseSetupCodeHash,
} from './setup-code.ts';

test('a code is eight letters and digits that can not be mistaken for each other', () => {
  const codes = Array.from({ length: 500 }, createSetupCode);
  for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/);
  expect(new Set(codes).size).toBe(codes.length);
});

test('the hash knows its code however it is typed, and no other', async () => {
  const stored = await hashSetupCode('7KQM-2XWR');
  expect(stored).toMatch(/^scrypt\$16\$8\$1\$/);
  expect(stored).not.toContain('7KQM');
  for (const typed of ['7KQM-2XWR', '7kqm2xwr', ' 7KQM 2XWR ', '７ＫＱＭ—２ＸＷＲ']) {
    expect([typed, await isSetupCode(typed, stored)]).toEqual([typed, true]);
  }
  for (const typed of ['7KQM-2XWS', '', '7KQM'])
    expect([typed, await isSetupCode(typed, stored)]).toEqual([typed, false]);
  expect(await hashSetupCode('7KQM-2XWR')).not.toBe(stored);
});

test('what is no hash, or would take too much or too little, is a fault of the settings', async () => {
  const stored = await hashSetupCode('7KQM-2XWR');
  for (const wrong of [
    ...['', '7KQM-2XWR', stored.replace('scrypt', 'md5'), stored.slice(0, -2), `${stored}$1`],
    ...[stored.replace('$16$', '$30$'), stored.replace('$16$', '$4$'), stored.replace('$8$1$', '$99$9$')],
  ]) {
    expect([wrong, isSetupCodeHash(wrong)]).toEqual([wrong, false]);
    expect(() => parseSetupCodeHash(wrong)).toThrow(/make a new code/);
    await expect(async () => await isSetupCode('7KQM-2XWR', wrong)).rejects.toThrow(/make a new code/);
  }
});
