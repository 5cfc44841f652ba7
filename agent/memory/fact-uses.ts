/** How often and when facts were last of use, for ranking and decay: gathered here and written many at a time. */
import type { Database } from '../store/sqlite.ts';

/** One commit for so many recalls; a power cut loses the counts since the last, and nothing else. */
const most = 256;
const longestMs = 60_000;

export function countFactUses(db: Database) {
  const write = db.prepare<[number, number, number]>(
    'UPDATE fact SET uses = uses + ?, last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?',
  );
  const waiting = new Map<number, { uses: number; at: number }>();
  let since: number | undefined;

  const keep = db.transaction((): void => {
    for (const [id, { uses, at }] of waiting) write.run(uses, at, id);
  });
  /** What was counted since the last time is on disk. */
  function keepUses(): void {
    if (waiting.size === 0) return;
    keep.immediate();
    waiting.clear();
    since = undefined;
  }

  return {
    keepUses,
    count(ids: readonly number[], at: number): void {
      for (const id of ids) waiting.set(id, { uses: (waiting.get(id)?.uses ?? 0) + 1, at });
      since ??= at;
      if (waiting.size >= most || at - since >= longestMs) keepUses();
    },
  };
}
