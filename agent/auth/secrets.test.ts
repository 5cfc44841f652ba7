import { expect, test } from 'vitest';
import { createApiKey, createSecret, createSetupCode, hashSetupCode } from './secrets.ts';

test('secrets are equally long, of letters and digits, and never the same', () => {
  const made = Array.from({ length: 1_000 }, createSecret);
  expect(new Set(made).size).toBe(1_000);
  for (const secret of made) expect(secret).toMatch(/^[0-9A-Za-z]{43}$/);
  expect(createApiKey()).toMatch(/^rp-[0-9A-Za-z]{43}$/);
});

test('a setup code has no letters that are taken for others', () => {
  for (let i = 0; i < 1_000; i += 1)
    expect(createSetupCode()).toMatch(/^[2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4}$/);
});

test.each(['abcd-efgh', 'ABCDEFGH', ' abcd efgh ', 'ＡＢＣＤ－ＥＦＧＨ', 'abcd–efgh'])(
  'the setup code may be typed as %j',
  (typed) => expect(hashSetupCode(typed)).toBe(hashSetupCode('ABCD-EFGH')),
);
