import Sqlite from 'better-sqlite3';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexText, matchQuery } from './words.ts';

let db: Sqlite.Database;
beforeAll(() => {
  db = new Sqlite(':memory:');
  db.exec("CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'porter unicode61 remove_diacritics 2')");
});
afterAll(() => db.close());

function found(text: string, typed: string, any = false): boolean {
  db.exec('DELETE FROM words');
  db.prepare('INSERT INTO words (body) VALUES (?)').run(indexText(text));
  const match = matchQuery(typed, { any });
  return match !== null && db.prepare('SELECT 1 FROM words WHERE words MATCH ?').get(match) !== undefined;
}

const handbook =
  '用户身份由 LDAP 验证,部署方案见第3章。报销须经财务审批;ﾃﾞｰﾀのバックアップ, TLS and the café’s db.';

describe('all of what was typed is found', () => {
  test.each([
    '部署',
    '部署方案',
    '用户身份',
    '报销',
    '财务审批',
    'LDAP',
    'ldap',
    'db',
    'TLS',
    '章',
    '案',
    '部',
    'データ',
    'バックアップ',
    'cafe',
    'ＬＤＡＰ 验证',
    'LDAP验证',
    '报销 审批',
    '第3章',
  ])('%s', (typed) => expect(found(handbook, typed)).toBe(true));

  test.each(['署部', '方案部署', '身份证', 'LDAPX', '报销 预算', '狗'])('%s is not there', (typed) =>
    expect(found(handbook, typed)).toBe(false),
  );

  test('pieces of one word stay together', () => {
    expect(found('upgrade to v2.3.1 by e-mail', 'v2.3.1 e-mail')).toBe(true);
    expect(found('version 3.1 of v2', 'v2.3.1')).toBe(false);
  });

  test('a character outside the basic plane is one character', () => {
    expect(found('他姓𠮷田', '𠮷田')).toBe(true);
    expect(found('他姓𠮷田', '𠮷')).toBe(true);
  });
});

describe('any word of a question is enough', () => {
  test.each([
    ['The alarm code is 4471.', 'What’s the code for the alarm?'],
    ['Invoices are approved by Dana', 'who approves an invoice'],
    ['警报密码为4471', '报警密码是多少?'],
    ['护照放在保险柜里', '我的护照在哪里'],
    ['目的地是上海', '目的地'],
    ['猫叫小白', '猫在哪里?'],
  ])('%s ← %s', (text, typed) => expect(found(text, typed, true)).toBe(true));

  test.each(['What is it?', 'who are you', '你是谁?', '这是什么', '', '   ', '?!…', '🦊', '"', "don't"])(
    'nothing is asked for by %j',
    (typed) => expect(matchQuery(typed, { any: true })).toBeNull(),
  );

  test('stop words are no reason to find a text', () => {
    expect(found('This is what we were told about the house', 'What is the code of the safe?', true)).toBe(
      false,
    );
    expect(found('这是我们的办公室', '密码是什么', true)).toBe(false);
  });
});

const hostile = oneof(
  string({ unit: 'grapheme' }),
  string({ unit: 'binary' }),
  constantFrom(
    '"',
    '""',
    'AND',
    'OR',
    'NOT',
    'NEAR(',
    'NEAR(a b, 3)',
    '*',
    '^',
    'body:',
    '{a b}:',
    '-',
    '+',
    '(',
    ')',
    '\0',
    "'; DROP TABLE words; --",
    '部',
    '的',
    '\ud800',
    'ﷺ',
    '́',
    '𠮷',
    'ｱ',
    '㍿',
    '٣',
  ),
);

test('whatever was typed, FTS5 takes the expression', () => {
  void assert(
    property(array(hostile, { maxLength: 20 }), (parts) => {
      for (const glue of ['', ' ']) {
        for (const any of [false, true]) {
          const match = matchQuery(parts.join(glue), { any });
          if (match !== null) db.prepare('SELECT rowid FROM words WHERE words MATCH ?').all(match);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('thousands of words make no endless expression', () => {
  const typed = Array.from({ length: 5_000 }, (_, i) => `word${i} 词${i}语`).join(' ');
  const match = matchQuery(typed) ?? '';
  expect(match.split(' AND ')).toHaveLength(64);
  db.prepare('SELECT rowid FROM words WHERE words MATCH ?').all(match);
});

test('two neighbouring characters are always found as typed', () => {
  const character = constantFrom(...'报销财务审批部署方案的一二三カナ한국𠮷');
  void assert(
    property(array(character, { minLength: 2, maxLength: 12 }), (run) => {
      const at = Math.floor((run.length - 1) / 2);
      expect(found(`前 ${run.join('')}。后`, run.slice(at, at + 2).join(''))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
