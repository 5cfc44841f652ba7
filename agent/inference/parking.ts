/**
 * Caches of conversations on disk, so that a lane can be given to someone else, or the process end, without reading
 * the conversation again. They hold what was said: readable by the owner only, and deleted with their session.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { syncFile } from '../host/files.ts';
import type { Lane } from './llama.ts';

export interface Parking {
  has(session: string): boolean;
  /** False when there was nothing to save or no room for it: then the conversation is read again. */
  park(session: string, lane: Lane): Promise<boolean>;
  /** False when there was none, or none that could be read; the lane is empty then. */
  restore(session: string, lane: Lane): Promise<boolean>;
  forget(session: string): void;
}

export interface ParkingOptions {
  folder: string;
  /** Weights, library and context: a cache of anything else can crash the process. */
  key: string;
  mostBytes: number;
  /** Nobody else saves there: what other weights left is deleted. */
  alone: boolean;
}

const suffix = '.cache';
const nameOf = (session: string): string => `${digest(session).slice(0, 32)}${suffix}`;

export function openParking({ folder: all, key, mostBytes, alone }: ParkingOptions): Parking {
  const folder = join(all, digest(key).slice(0, 16));
  // For the agent too where this process is a unit of its own; its umask says.
  mkdirSync(folder, { recursive: true, mode: 0o770 });
  const fileOf = (session: string): string => join(folder, nameOf(session));
  if (alone) clearOthers(all, folder);
  clear(folder);
  trim(folder, mostBytes);
  return {
    has: (session) => existsSync(fileOf(session)),
    async park(session, lane) {
      if (lane.length() === 0) return false;
      const file = fileOf(session);
      const partial = `${file}.partial`;
      try {
        await lane.save(partial);
        syncFile(partial); // or the name could be on disk before the bytes when power is cut
        renameSync(partial, file);
      } catch {
        rmSync(partial, { force: true });
        return false;
      }
      trim(folder, mostBytes);
      return true;
    },
    async restore(session, lane) {
      const file = fileOf(session);
      await lane.cut(0);
      if (!existsSync(file)) return false;
      const loading = `${file}.loading`;
      renameSync(file, loading); // if reading it kills the process, the next one doesn't try again
      try {
        await lane.load(loading);
      } catch {
        // A damaged cache is an absent one: the conversation is read again.
        rmSync(loading, { force: true });
        await lane.cut(0);
        return false;
      }
      const now = new Date();
      utimesSync(loading, now, now);
      renameSync(loading, file);
      return true;
    },
    forget: (session) => forgetParked(all, session),
  };
}

/** Deletes what any model saved of this session; needs no model to be running. */
export function forgetParked(folder: string, session: string): void {
  if (!existsSync(folder)) return;
  for (const key of readdirSync(folder)) {
    for (const end of ['', '.partial', '.loading'])
      rmSync(join(folder, key, nameOf(session) + end), { force: true });
  }
}

function clearOthers(all: string, ours: string): void {
  for (const key of readdirSync(all)) {
    if (join(all, key) !== ours) rmSync(join(all, key), { recursive: true, force: true });
  }
}

/** Deletes what was left half written or half read. */
function clear(ours: string): void {
  for (const name of readdirSync(ours)) if (!name.endsWith(suffix)) rmSync(join(ours, name), { force: true });
}

/** Deletes the oldest beyond the limit. */
function trim(folder: string, mostBytes: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name))
    .map((path) => ({ path, ...statSync(path) }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, size } of files) {
    bytes += size;
    if (bytes > mostBytes) rmSync(path, { force: true });
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
