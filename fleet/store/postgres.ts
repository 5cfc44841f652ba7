/** Driver for pg: the database that several controllers share. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { migrate } from './migrations/migrate.ts';
import type { Tables } from './tables.ts';

/** Whole numbers beyond 32 bits come as text unless told otherwise; ours are times and counts, far below 2^53. */
const asNumbers = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

type Parser = (text: string) => unknown;

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): Parser =>
    asNumbers.has(oid) && format !== 'binary'
      ? Number
      : (pg.types.getTypeParser(oid, format as 'text') as Parser),
};

export interface OpenPostgres {
  /** Connections of this process; ingest, API and sweeps share them. */
  connections?: number;
  /** Told of a connection that broke while no statement ran on it (twice when it was idle): the next question opens another. */
  onLost?: (error: Error) => void;
}

/**
 * Creates the tables when they are absent, and brings them to the newest version.
 * @throws Error that names the host, and never the password
 */
export async function openPostgres(url: string, options: OpenPostgres = {}): Promise<Kysely<Tables>> {
  const pool = new pg.Pool({
    connectionString: withTls(url),
    ...{ types, max: options.connections ?? 10, keepAlive: true, application_name: 'rockpool-fleet' },
    ...{ connectionTimeoutMillis: 10_000, idleTimeoutMillis: 60_000 },
    // Whoever hangs, hangs no one else: the server ends what takes longer, and we what it doesn't answer.
    ...{ statement_timeout: 60_000, lock_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
    query_timeout: 90_000,
  });
  const onLost = options.onLost ?? (() => undefined);
  pool.on('error', onLost); // without a listener it would end the process
  // The pool listens to idle connections alone: one that breaks between two statements of a transaction would end it too.
  pool.on('connect', (client) => client.on('error', onLost));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db);
    return db;
  } catch (cause) {
    await db.destroy();
    throw new Error(`the database at ${new URL(url).host || 'its socket'} can't be used`, { cause });
  }
}

/** Names of devices, labels and hashes cross the network: in the clear only when the URL says so. */
export function withTls(text: string): string {
  const url = new URL(text);
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const isHere = /^(?:$|\/|localhost$|127(?:\.\d{1,3}){3}$|\[::1\]$)/.test(host);
  if (!isHere && !url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

const uniqueViolation = '23505';

/** Two asked for the same at once, and this one came second. */
export const isTaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === uniqueViolation;
