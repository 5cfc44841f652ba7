/**
 * How the tables came to be, step by step: one file each, written with the schema builder, so that SQLite and PostgreSQL
 * read the same. A step that was ever run stays as it is; what has to change is a step of its own.
 */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Tables } from '../tables.ts';
import { createEnrolment } from './001-enrolment.ts';
import { createLeases } from './002-leases.ts';
import { createReported } from './003-reported.ts';
import { createOperators } from './004-operators.ts';
import { createCommands } from './005-commands.ts';
import { createAlerts } from './006-alerts.ts';
import { createLists } from './007-lists.ts';
import { createRollouts } from './008-rollouts.ts';

const steps: Record<string, Migration> = {
  '001-enrolment': { up: createEnrolment },
  '002-leases': { up: createLeases },
  '003-reported': { up: createReported },
  '004-operators': { up: createOperators },
  '005-commands': { up: createCommands },
  '006-alerts': { up: createAlerts },
  '007-lists': { up: createLists },
  '008-rollouts': { up: createRollouts },
};

/**
 * Several controllers may start at once: on PostgreSQL one works behind an advisory lock while the others wait for it.
 * @throws when a step fails, or the database is newer than this program
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(steps) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
