import { DocumentProblem } from '@rockpool/protocol/documents';
import { refusals } from '@rockpool/protocol/refusal';
import { afterEach, describe, expect, test } from 'vitest';
import { ago, partOfDay, size, span } from './amounts.ts';
import { sourceLabel } from './citation.ts';
import { en } from './en.ts';
import { count, fillIn, has, language, preferred, t } from './language.ts';
import { zh } from './zh.ts';

afterEach(() => {
  language.value = 'en';
});

const placesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('the catalogues', () => {
  test('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  test('fill in the same things, and never nothing', () => {
    for (const [key, words] of Object.entries<string>(en)) {
      const chinese = Reflect.get(zh, key);
      expect(chinese.trim(), key).not.toBe('');
      // A translated refusal may say less than the device did.
      if (!/^(?:error|unread)\./.test(key)) expect(placesIn(chinese), key).toEqual(placesIn(words));
    }
  });

  test('are translated: no Chinese words in English, no English sentence in Chinese', () => {
    for (const [key, words] of Object.entries<string>(en))
      if (key !== 'language.name') expect(words, key).not.toMatch(/\p{sc=Han}/u);
    const sameOnPurpose = ['message.rockpool', 'models.digest', 'memory.said'];
    for (const [key, words] of Object.entries(zh)) {
      if (!sameOnPurpose.includes(key)) expect(words, key).toMatch(/\p{sc=Han}/u);
    }
  });

  test('have every counted word in all its forms, and a sentence for every refusal and every unread file', () => {
    for (const key of Object.keys(en))
      if (key.endsWith('.one')) expect(has(key.replace(/one$/, 'other')), key).toBe(true);
    const silent = ['foreign-origin', 'unknown-host', 'method-not-allowed', 'model-not-found']; // told to programs only
    for (const code of Object.keys(refusals))
      if (!silent.includes(code)) expect(has(`error.${code}`), code).toBe(true);
    for (const code of DocumentProblem.options) expect(has(`unread.${code}`), code).toBe(true);
  });
});

test('words are filled in, and a name that is missing stays visible', () => {
  expect(fillIn('{a} of {b}', { a: 1 })).toBe('1 of {b}');
  expect(t('message.place', { n: 2, total: 3 })).toBe('2 of 3');
});

test('numbers choose the form of the word', () => {
  expect(count('search.count', 1)).toBe('1 result');
  expect(count('search.count', 1200)).toBe('1,200 results');
  language.value = 'zh';
  expect(count('search.count', 1)).toBe('1 条结果');
});

test('the browser says which language, and Chinese of any script reads our Chinese', () => {
  expect(preferred(['fr-CH', 'zh-Hant-TW', 'en'])).toBe('zh');
  expect(preferred(['en-US', 'zh'])).toBe('en');
  expect(preferred(['fr'])).toBe('en');
});

test('sizes, spans and times are told as people read them', () => {
  expect(size(64 * 1024 * 1024)).toBe('64 MB');
  expect(size(1)).toBe('1 byte');
  expect(size(140)).toBe('140 bytes');
  expect(span(90)).toBe('2 minutes');
  expect(span(6.2)).toBe('7 seconds');
  expect(ago(0, 3 * 3_600_000)).toBe('3 hours ago');
  expect(ago(0, 20_000)).toBe('just now');
  expect(ago(0, 86_400_000)).toBe('yesterday');
  expect([9, 13, 23].map((hour) => partOfDay(new Date(2026, 0, 5, hour)))).toEqual([
    'morning',
    'afternoon',
    'evening',
  ]);
});

test('a source is named in the language of the reader', () => {
  const memory = { kind: 'memory', label: 'memory, 2026-03-02' } as const;
  const page = { kind: 'document', label: 'plan, p. 1.pdf, p. 12' } as const;
  const note = { kind: 'document', label: 'notes.md' } as const;
  expect([memory, page, note].map(sourceLabel)).toEqual([
    'Memory, 2 Mar 2026',
    'plan, p. 1.pdf, p. 12',
    'notes.md',
  ]);
  language.value = 'zh';
  expect([memory, page, note].map(sourceLabel)).toEqual([
    '记忆，2026年3月2日',
    'plan, p. 1.pdf，第 12 页',
    'notes.md',
  ]);
});
