/** How many tokens of a day went into reading for memory: a restart doesn't begin the day anew. */
import type { Database } from '../../store/sqlite.ts';

export const spendingTable = `
  CREATE TABLE extraction_day (day INTEGER PRIMARY KEY, tokens INTEGER NOT NULL) STRICT;
`;

const keptDays = 30;

export function openSpending(db: Database) {
  const read = db.prepare<[number], number>('SELECT tokens FROM extraction_day WHERE day = ?').pluck();
  const add = db.prepare<[number, number]>(`
    INSERT INTO extraction_day VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens`);
  const forget = db.prepare<[number]>('DELETE FROM extraction_day WHERE day < ?');
  return {
    /** @param day counted from 1970 */
    tokensSpent: (day: number): number => read.get(day) ?? 0,
    spendTokens: db.transaction((day: number, tokens: number): void => {
      add.run(day, tokens);
      forget.run(day - keptDays);
    }),
  };
}
