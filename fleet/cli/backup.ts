/** `backup`: a copy of all that the controller knows, taken while it runs. */
import { existsSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { record } from '../audit/audit.ts';
import { databaseFile, isPostgresUrl } from '../store/open.ts';
import { copySqlite } from '../store/sqlite.ts';
import { transact } from '../store/transaction.ts';
import { define, type Kit } from './command.ts';

export function addBackup(program: Command, kit: Kit): void {
  const backup = program.command('backup').description('copies of all that the controller knows');
  define(backup, kit, {
    usage: 'create <file>',
    summary: 'copy the database, also while the controller runs; the keys are not in it',
    given: z.object({}),
    examples: ['rockpool-fleet backup create /backup/fleet-2030-01-31.db'],
    async run({ db: open, database, clock, out, who }, [file = '']) {
      if (isPostgresUrl(database))
        throw new Refusal('bad-request', 'This controller is on PostgreSQL: copy that with pg_dump.');
      if (existsSync(file)) throw new Refusal('conflict', `${file} is there already; give another name.`);
      const db = await open();
      // First, so that the copy knows of itself.
      await transact(db, (tx) =>
        record(tx, { at: clock.now(), who, action: 'backup', subject: 'controller' }),
      );
      const { bytes } = await copySqlite(databaseFile(database), file);
      out.note(
        'The keys of the fleet are not in it: keep a copy of keys.json and its passphrase apart. Without them no device knows this controller.',
      );
      out.result({ file, bytes }, () => [
        `${file} holds all that the controller knows (${bytes} bytes).`,
        'To go back to it: stop the controller, put the file in place of fleet.db, remove fleet.db-wal and fleet.db-shm, start it.',
      ]);
    },
  });
}
