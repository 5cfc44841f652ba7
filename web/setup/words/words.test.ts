import { EnrolRefusalCode } from '@rockpool/protocol/enrolment';
import { expect, test } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

const placesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test('both languages say the same things, and fill in the same', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const [key, words] of Object.entries<string>(en)) {
    expect(placesIn(Reflect.get(zh, key)), key).toEqual(placesIn(words));
    if (key !== 'language.name') {
      expect(words, key).not.toMatch(/\p{sc=Han}/u);
      expect(Reflect.get(zh, key), key).toMatch(/\p{sc=Han}/u);
    }
  }
});

test('every refusal of a controller has a sentence', () => {
  for (const code of EnrolRefusalCode.options) expect(Object.keys(en), code).toContain(`why.${code}`);
});
