/** Puts a backup in the place of the home folder's content, after everything in it has been proved. */
import { accessSync, constants, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { replaceContent } from '../replace.ts';
import type { Manifest } from './manifest.ts';
import { unpackBackup } from './unpack.ts';

export interface RestoreParts {
  /** Held by the caller, who is no agent that serves. */
  home: string;
  /** Opens and checks every database of the folder; throws with one sentence when one isn't whole. */
  checkDatabases(folder: string): Promise<void>;
  clock: Clock;
}

export interface Restored {
  manifest: Manifest;
  /** Where the content from before lies. */
  before: string;
}

export async function restoreBackup(
  file: string,
  { home, checkDatabases, clock }: RestoreParts,
  signal: AbortSignal,
): Promise<Restored> {
  const { fresh, before } = placesBeside(home, clock.now());
  removeCutOff(fresh);
  try {
    const manifest = await unpackBackup(file, fresh, signal);
    await checkDatabases(fresh);
    signal.throwIfAborted();
    replaceContent(home, fresh, before);
    return { manifest, before };
  } catch (cause) {
    // Once replacing has begun, what came in is no longer here to be removed.
    if (!existsSync(join(home, 'run/replacing.json'))) rmSync(fresh, { recursive: true, force: true });
    throw cause;
  }
}

/** What a restore left that lost its power before it had proved everything. No other is at it: we hold the home. */
function removeCutOff(fresh: string): void {
  const beginning = basename(fresh).replace(/\d+$/, '');
  for (const name of readdirSync(dirname(fresh)).filter((entry) => entry.startsWith(beginning))) {
    rmSync(join(dirname(fresh), name), { recursive: true });
  }
}

/** Beside the home, so that nothing of it has to be copied; within it where it is a volume of its own. */
function placesBeside(home: string, now: number): { fresh: string; before: string } {
  const date = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-');
  const parent = dirname(home);
  if (statSync(parent).dev === statSync(home).dev && isWritable(parent)) {
    const name = join(parent, basename(home));
    return { fresh: `${name}.restoring-${process.pid}`, before: `${name}.before-restore-${date}` };
  }
  return { fresh: join(home, `restoring-${process.pid}`), before: join(home, `before-restore-${date}`) };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
