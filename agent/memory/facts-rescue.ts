/** Facts out of a database that is damaged somewhere: every row of it, or nothing. */
import type { Database } from '../store/sqlite.ts';
import { openFactRows } from './fact-rows.ts';
import { openFactWords } from './fact-words.ts';
import { visibleTo } from './visible.ts';

/** Made anew from the rows: words here, vectors by the embedder, in the background. */
const made = /^(?:fact_words|vector|embedder|sqlite_)/;

/**
 * Copies what people said from `old` into the empty `fresh`. Damage mostly lies in an index, in words or in vectors, and
 * those can be made again.
 * @returns whether `fresh` holds as much as `old` had counted
 * @throws what SQLite says of pages that can't be read
 */
export function rescueFacts(old: Database, fresh: Database): boolean {
  const newest = fresh.pragma('user_version', { simple: true });
  if (old.pragma('user_version', { simple: true }) !== newest) return false;
  // Rows arrive in an order that their references don't know; they are checked at the end.
  fresh.pragma('foreign_keys = OFF');
  fresh
    .transaction(() => {
      // Limits only: what is in them is counted as it arrives, by the same triggers as ever.
      copyRows(old, fresh, 'namespace', ['name', 'max_facts', 'max_bytes']);
      for (const table of ordinaryTables(fresh)) if (table !== 'namespace') copyRows(old, fresh, table);
      fresh.exec('UPDATE fact SET embedded = 0 WHERE embedded <> 0');
      const rows = openFactRows(fresh);
      const words = openFactWords(fresh);
      for (const row of rows.all()) words.add(row.id, visibleTo(row), row.text);
    })
    .immediate();
  const broken = fresh.pragma('foreign_key_check') as unknown[];
  fresh.pragma('foreign_keys = ON');
  return broken.length === 0 && countsOf(old) === countsOf(fresh);
}

const ordinaryTables = (db: Database): string[] =>
  db
    .prepare<[], string>(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name",
    )
    .pluck()
    .all()
    .filter((name) => !made.test(name));

/** In the order of the table itself: an index over it may be what is damaged. */
function copyRows(old: Database, fresh: Database, table: string, only?: readonly string[]): void {
  const names =
    only ??
    fresh
      .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0')
      .pluck()
      .all(table);
  const insert = fresh.prepare(
    `INSERT INTO "${table}" (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  const rows = old.prepare<[], unknown[]>(`SELECT ${names.join(', ')} FROM "${table}" NOT INDEXED`).raw();
  for (const row of rows.iterate()) insert.run(...row);
}

const countsOf = (db: Database): string =>
  JSON.stringify(
    db.prepare('SELECT name, facts, current, bytes FROM namespace WHERE facts > 0 ORDER BY name').all(),
  );
