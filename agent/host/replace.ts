/** Replaces everything in the home folder by another folder's content: wholly or not at all, whenever power is cut. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder, writeFileAtomically } from './files.ts';

/**
 * What stays in place: the lock is held there, keys belong to the machine, and what was put aside before is no part of the
 * home. What a fleet knows of this device stays too: an older uplink would give numbers a second time.
 */
const stays = (name: string): boolean =>
  ['run', 'keys', 'device', 'uplink'].includes(name) ||
  name.startsWith('before-restore-') ||
  name.startsWith('restoring-');

interface Replacement {
  /** The folder whose content comes in; on the same filesystem. */
  fresh: string;
  /** Where the old content goes. */
  before: string;
  /** `out`: the old content is leaving, and only old is there; `in`: it has left, and only new is there. */
  phase: 'out' | 'in';
}

const markerOf = (home: string): string => join(home, 'run/replacing.json');

/** The caller holds the home, and nothing in it is open. */
export function replaceContent(home: string, fresh: string, before: string): void {
  // From here on the new content wins: whoever starts next goes on where this one was cut off.
  mark(home, { fresh, before, phase: 'out' });
  finishReplacing(home);
}

/** Goes on with a replacement that was cut off; does nothing when there is none. Every step may be done twice. */
export function finishReplacing(home: string): void {
  const marker = markerOf(home);
  if (!existsSync(marker)) return;
  const replacement = JSON.parse(readFileSync(marker, 'utf8')) as Replacement;
  const { fresh, before } = replacement;
  if (replacement.phase === 'out') {
    mkdirSync(before, { recursive: true, mode: 0o700 });
    move(home, before);
    mark(home, { fresh, before, phase: 'in' });
  }
  if (existsSync(fresh)) move(fresh, home);
  rmSync(fresh, { recursive: true, force: true });
  rmSync(marker);
  syncFolder(dirname(marker));
}

function move(from: string, to: string): void {
  for (const name of readdirSync(from).filter((entry) => !stays(entry)))
    renameSync(join(from, name), join(to, name));
  syncFolder(to);
  syncFolder(from);
}

const mark = (home: string, replacement: Replacement): void =>
  writeFileAtomically(markerOf(home), JSON.stringify(replacement));
