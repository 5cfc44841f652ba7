/** Which commands were obeyed or refused, and what came of it: the memory that makes each of them happen once. */
import type { Command, CommandName, CommandResult } from '@rockpool/protocol/fleet/command';
import { memo, setMemo } from '../spool.ts';
import type { UplinkFile } from '../sqlite.ts';

export interface Journal {
  /** The newest number that was obeyed or refused. */
  newest(): number;
  /** Undefined: this id was never seen. A null result: it was begun, and hasn't ended. */
  find(id: string): { result: CommandResult | null } | undefined;
  /** Before the deed. @param before what a deed that ends the process compares with afterwards */
  begin(command: Command, before: string | null): void;
  /** Of one that was begun, or that was refused without a beginning. */
  finish(command: Pick<Command, 'id' | 'counter'> & { name: CommandName }, result: CommandResult): void;
  /** Begun by a process that is no more. */
  unfinished(): { id: string; counter: number; name: CommandName; before: string | null }[];
}

/** So many results are kept for a controller that asks again. An older command's number says that it is old. */
const keptMost = 1_000;

/**
 * @param floor the newest number, kept apart from the file for the day on which that is damaged: commands that are still in
 * force must not be obeyed a second time then
 */
export function openJournal(file: UplinkFile, floor: Floor): Journal {
  const begin = (): void => {
    if (memo(file, 'counter') === undefined) setMemo(file, 'counter', String(floor.load()));
  };
  begin();
  file.onReplaced(begin);
  const newest = (): number => Number(memo(file, 'counter') ?? 0);
  const raise = (counter: number): void => {
    if (counter > newest()) setMemo(file, 'counter', String(counter));
  };
  /** Before the transaction: when that doesn't come about, the file is whole, and nobody asks for the floor. */
  const raiseFloor = (counter: number): void => {
    if (counter > newest()) floor.save(counter);
  };

  return {
    newest,
    find: (id) => {
      const row = file.run(
        'soon',
        (db) =>
          db.prepare('SELECT result FROM command WHERE id = ?').get(id) as
            | { result: string | null }
            | undefined,
      );
      return row && { result: row.result === null ? null : (JSON.parse(row.result) as CommandResult) };
    },
    begin({ id, counter, order }, before) {
      raiseFloor(counter);
      file.run('durable', (db) => {
        db.prepare('INSERT INTO command VALUES (?, ?, ?, ?, NULL)').run(id, counter, order.name, before);
        raise(counter);
      });
    },
    finish({ id, counter, name }, result) {
      raiseFloor(counter);
      file.run('durable', (db) => {
        db.prepare(
          `INSERT INTO command VALUES (?, ?, ?, NULL, ?)
           ON CONFLICT DO UPDATE SET result = excluded.result`,
        ).run(id, counter, name, JSON.stringify(result));
        raise(counter);
        db.prepare(
          `DELETE FROM command WHERE result IS NOT NULL AND counter <
             (SELECT counter FROM command ORDER BY counter DESC LIMIT 1 OFFSET ${keptMost})`,
        ).run();
      });
    },
    unfinished: () =>
      file.run(
        'soon',
        (db) =>
          db
            .prepare('SELECT id, counter, name, before FROM command WHERE result IS NULL ORDER BY counter')
            .all() as { id: string; counter: number; name: CommandName; before: string | null }[],
      ),
  };
}

export interface Floor {
  load(): number;
  /** On disk when it returns. @throws when it can't be: then the command isn't obeyed */
  save(counter: number): void;
}
