/** A damaged database put aside, dated and kept, and the note that says so; and a whole copy put in its place. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { syncFile, syncFolder, writeFileAtomically } from '../host/files.ts';
import { checkDatabase } from './sqlite.ts';

/** Why a database is away, since when, and where what was left of it lies. */
const Away = z.object({
  since: z.int(),
  why: z.string(),
  /** Null when there was no file. */
  file: z.string().nullable(),
  /** Its files may still have to be moved: power was cut between two of them. */
  moving: z.boolean(),
});
export type Away = z.infer<typeof Away>;

/** The log first: left beside another database it would be taken for that one's. */
const endings = ['-wal', '-shm', ''] as const;

export function openAside(home: string, name: string) {
  const file = join(home, `${name}.db`);
  const backups = join(home, 'backups');
  const note = join(home, 'run', `${name}-away.json`);
  const write = (away: Away): Away => {
    writeFileAtomically(note, `${JSON.stringify(away)}\n`);
    return away;
  };
  const read = (): Away | undefined => {
    if (!existsSync(note)) return undefined;
    return Away.parse(JSON.parse(readFileSync(note, 'utf8')));
  };

  /** Again after a power cut: whatever is still in its place is moved, and nothing else. */
  function finishMoving(away: Away): Away {
    if (!away.moving) return away;
    if (away.file !== null) {
      mkdirSync(backups, { recursive: true, mode: 0o700 });
      for (const ending of endings) {
        if (existsSync(file + ending)) renameSync(file + ending, away.file + ending);
      }
      syncFolder(home);
      syncFolder(backups);
    }
    return write({ ...away, moving: false });
  }

  return {
    /**
     * Undefined when the database is in its place. Somebody may have put a file there by hand, or a restore may have
     * been cut off after it did: then the note is out of date.
     */
    away(): Away | undefined {
      const found = read();
      if (!found) return undefined;
      const away = finishMoving(found);
      if (!existsSync(file)) return away;
      rmSync(note);
      return undefined;
    },

    /** What the note says, for whoever only looks: nothing is moved. */
    read,

    /** Power was lost while it was put aside: whether it could be rescued was not tried. */
    isHalfDone: (): boolean => read()?.moving === true,

    /** From now on it is away, also if power is lost before it is moved: what its log says of that goes when it is closed. */
    announce(why: string, now: number): Away {
      const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-');
      const kept = existsSync(file) ? join(backups, `damaged-${stamp}-${name}.db`) : null;
      return write({ since: now, why, file: kept, moving: true });
    },

    /** What there is of it is kept under the date. Nobody has it open. */
    put(why: string, now: number): Away {
      const announced = read();
      return finishMoving(announced?.moving ? announced : this.announce(why, now));
    },

    /** Copies from before a migration or of a night, newest first. */
    copies(): string[] {
      if (!existsSync(backups)) return [];
      return readdirSync(backups)
        .filter((one) => /^\d+-/.test(one) && one.endsWith(`-${name}.db`))
        .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
        .map((one) => join(backups, one));
    },

    /**
     * `copy` takes the place of what was put aside. @throws Error naming the damage when it is not a whole database
     */
    replace(copy: string): void {
      const partial = `${file}.partial`;
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      copyFileSync(copy, partial);
      checkDatabase(partial);
      syncFile(partial);
      for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true });
      renameSync(partial, file);
      syncFolder(home);
      rmSync(note, { force: true });
    },

    /** A new, empty one may take its place. */
    giveUp: (): void => rmSync(note, { force: true }),

    /** What was erased is in no copy either. */
    removeKept(): void {
      if (!existsSync(backups)) return;
      for (const one of readdirSync(backups)) {
        if (/^(?:\d+|damaged)-/.test(one) && new RegExp(`-${name}\\.db(?:-wal|-shm|\\.partial)?$`).test(one))
          rmSync(join(backups, one));
      }
      syncFolder(backups);
    },
  };
}

export type Aside = ReturnType<typeof openAside>;
