import type { Session } from '@rockpool/protocol/chat';
import { expect, test } from 'vitest';
import { grouped } from './groups.ts';

const now = new Date(2026, 10, 22, 0, 30); // half past midnight
const at = (id: string, when: Date, pinned = false): Session => ({
  id,
  title: id,
  pinned,
  archived: false,
  createdAt: 0,
  updatedAt: when.getTime(),
});

test('sessions stand under the day of the calendar, pinned ones first, newest on top', () => {
  const sessions = [
    at('a month ago', new Date(2026, 9, 20)),
    at('an hour ago, which was yesterday', new Date(2026, 10, 21, 23, 30)),
    at('just now', new Date(2026, 10, 22, 0, 29)),
    at('also today', new Date(2026, 10, 22, 0, 1)),
    at('six days ago', new Date(2026, 10, 16)),
    at('pinned long ago', new Date(2025, 1, 1), true),
  ];
  expect(grouped(sessions, now).map((group) => [group.name, ...group.sessions.map((one) => one.id)])).toEqual(
    [
      ['pinned', 'pinned long ago'],
      ['today', 'just now', 'also today'],
      ['yesterday', 'an hour ago, which was yesterday'],
      ['week', 'six days ago'],
      ['older', 'a month ago'],
    ],
  );
});
