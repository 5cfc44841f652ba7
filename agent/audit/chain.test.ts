import { expect, test } from 'vitest';
import { type AuditEntry, follow, genesis, link } from './chain.ts';

const entry: AuditEntry = {
  requestId: 'r-1',
  person: 7,
  via: 'cookie',
  action: 'turn',
  outcome: 'complete',
  session: 's-1',
  detail: { 名字: '小白', tokens: 12, cached: true, queue: null },
};

test('a line follows the one that it was linked to, and no other', () => {
  const first = link(entry, 1_000, genesis);
  const second = link(entry, 2_000, first.head);
  const bytes = Buffer.from(second.line.slice(0, -1));
  expect(follow(bytes, first.head)).toMatchObject({ head: second.head, line: { seq: 2, person: 7 } });
  expect(follow(bytes, genesis)).toEqual({ broken: 'line 1 is missing' });
  expect(follow(bytes, { seq: 1, hash: 'a'.repeat(64) })).toEqual({
    broken: 'it does not follow the line before it',
  });
  expect(follow(bytes, second.head)).toEqual({ broken: 'line 2 stands where line 3 belongs' });
});

test('any bit that is flipped anywhere in a line breaks it', () => {
  const { line } = link(entry, 1_000, genesis);
  const bytes = Buffer.from(line.slice(0, -1));
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    expect(follow(flipped, genesis), `bit ${bit}`).toHaveProperty('broken');
  }
});

test('the same content in other bytes was not written by us', () => {
  const line = link(entry, 1_000, genesis).line.trimEnd();
  for (const other of [line.replace(',', ', '), line.replace('小', '\\u5c0f'), `${line} `, `\ufeff${line}`]) {
    expect(other).not.toBe(line);
    expect(follow(Buffer.from(other), genesis)).toHaveProperty('broken');
  }
});

test('what is not an entry is refused before it is on disk', () => {
  const said = { ...entry, text: 'what was said' };
  expect(() => link(said, 1_000, genesis)).toThrow();
  expect(() => link({ ...entry, detail: { text: 'x'.repeat(501) } }, 1_000, genesis)).toThrow();
});
