/** Statements with many rows, in pieces that both databases take. */

/** SQLite takes 32,766 values in a statement, PostgreSQL 65,535. */
const valuesMost = 32_000;

/** One after the other. */
export async function inPieces<Row extends object>(
  rows: readonly Row[],
  write: (some: Row[]) => Promise<unknown>,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const most = Math.floor(valuesMost / Object.keys(first).length);
  for (let at = 0; at < rows.length; at += most) await write(rows.slice(at, at + most));
}
