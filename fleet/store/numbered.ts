/** What a row is like before it is written. */
import type { Generated } from 'kysely';

/** The database gives the number. */
export type Numbered<Row extends { id: number }> = Omit<Row, 'id'> & { id: Generated<number> };
