/** Keeps documents in step with folders on the device: told by the system what changes, and looking for itself at times. */
import { type FSWatcher, watch } from 'node:fs';
import type { FolderProblem } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { Store } from '../store/store.ts';
import {
  Changing,
  isAway,
  isUnmounted,
  type Look,
  type LookLimits,
  lookInto,
  planFolder,
  type SeenFile,
  stillBytes,
} from './folder-look.ts';
import type { FolderFile, StoredFolder, Taken } from './folder-rows.ts';

export interface FolderTimes {
  /** So long a file must have been as it is: half a copy is no document. */
  stillMs: number;
  /** So long a file must have been away, while others are still arriving: it may be one of them, moved. */
  goneMs: number;
  /** After the system told of a change; more of them come together. */
  soonMs: number;
  /** Without being told: the system loses some, and a share on the network tells none. */
  everyMs: number;
}

export const folderTimes: FolderTimes = { stillMs: 2_000, goneMs: 30_000, soonMs: 300, everyMs: 300_000 };

/** In one folder; a larger one is looked at no further. */
const maxFiles = 20_000;
const maxDepth = 24;
/** Beyond these, changes are only found by looking. */
const maxWatched = 2_000;

export interface FolderParts {
  table: Store['documents'];
  clock: Clock;
  times: FolderTimes;
  maxBytes: number;
  /** Keeps the bytes and notes them as what this file holds now; null when the folder was removed meanwhile. */
  take(folder: StoredFolder, file: SeenFile, content: AsyncIterable<Uint8Array>): Promise<Taken | null>;
  /** Takes what is left of a document that is being deleted. */
  finishRemoval(documentId: number): Promise<void>;
  /** Told once for each failure that is the device's own. */
  report(error: unknown): void;
}

interface Watched {
  watchers: Map<string, FSWatcher>;
  timer: NodeJS.Timeout | undefined;
  dueAt: number;
  /** Files that were not still yet: as what they were seen, and since when. */
  arriving: Map<string, { stamp: string; since: number }>;
  missing: Map<string, number>;
  /** What could not be taken in as it is: not tried again until it changes. */
  refused: Map<string, string>;
}

export type Folders = ReturnType<typeof startFolders>;

export function startFolders(parts: FolderParts) {
  const { table, clock, times, report } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  const watched = new Map<number, Watched>();
  /** Waiting to be looked at; one at a time, so that a device full of folders is not all disk. */
  const due = new Set<number>();
  let scanning: number | undefined;
  let running: Promise<void> | undefined;

  function follow(id: number): void {
    if (watched.has(id) || signal.aborted) return;
    watched.set(id, {
      ...{ watchers: new Map(), timer: undefined, dueAt: Number.POSITIVE_INFINITY },
      ...{ arriving: new Map(), missing: new Map(), refused: new Map() },
    });
    lookNow(id);
  }

  function unfollow(id: number): void {
    const state = watched.get(id);
    if (!state) return;
    watched.delete(id);
    clearTimeout(state.timer);
    for (const watcher of state.watchers.values()) watcher.close();
  }

  function lookNow(id: number): void {
    if (signal.aborted) return;
    due.add(id);
    running ??= run();
  }

  /** At the latest then; an earlier date that was set before stays. */
  function lookIn(id: number, ms: number): void {
    const state = watched.get(id);
    const at = performance.now() + ms;
    if (!state || signal.aborted || at >= state.dueAt) return;
    clearTimeout(state.timer);
    state.dueAt = at;
    state.timer = setTimeout(() => lookNow(id), ms);
  }

  async function run(): Promise<void> {
    for (const id of due) {
      if (signal.aborted) break;
      due.delete(id);
      scanning = id;
      try {
        await lookAt(id);
      } catch (cause) {
        if (!signal.aborted) report(cause);
        lookIn(id, times.everyMs);
      }
    }
    scanning = undefined;
    running = undefined;
  }

  async function lookAt(id: number): Promise<void> {
    const state = watched.get(id);
    const folder = await table.folder(id);
    if (!state || !folder) return;
    clearTimeout(state.timer);
    state.dueAt = Number.POSITIVE_INFINITY;
    const seen = await looked(folder);
    if (typeof seen === 'string') {
      await table.folderLooked(id, { root: null, skipped: folder.skipped, at: clock.now(), problem: seen });
    } else {
      const { isSettled, skipped, problem } = await reconcile(folder, state, seen);
      await table.folderLooked(id, { root: seen.root, skipped, at: clock.now(), problem });
      watchAll(id, state, seen.folders);
      if (!isSettled) lookIn(id, times.stillMs);
    }
    lookIn(id, times.everyMs);
  }

  /** A problem where nothing can be said about what lies in it. */
  async function looked(folder: StoredFolder): Promise<Look | FolderProblem> {
    const limits: LookLimits = { files: maxFiles, depth: maxDepth, bytes: parts.maxBytes };
    try {
      const look = await lookInto(folder.path, limits, signal);
      if (!isUnmounted(folder.root, folder.files, look)) return look;
      return 'emptied';
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      return 'away';
    }
  }

  async function reconcile(folder: StoredFolder, state: Watched, look: Look) {
    const known = await table.folderFiles(folder.id);
    const { changed, gone } = planFolder(known, look);
    let isSettled = true;
    let refusals = 0;
    let problem: FolderProblem | null = null;
    forgetOld(state, changed, gone);
    for (const file of changed) {
      signal.throwIfAborted();
      if (!watched.has(folder.id)) return { isSettled, skipped: look.skipped, problem };
      if (!isStill(state, file)) {
        isSettled = false;
        continue;
      }
      const was = await taken(folder, state, file);
      if (was === 'changing') isSettled = false;
      else if (was !== 'taken') {
        refusals += 1;
        problem = was;
      }
    }
    const since = clock.now();
    for (const file of gone) {
      const missing = state.missing.get(file.path) ?? since;
      state.missing.set(file.path, missing);
      if (isSettled || since - missing >= times.goneMs) await drop(folder, state, file);
    }
    return { isSettled, skipped: look.skipped + refusals, problem };
  }

  async function drop(folder: StoredFolder, state: Watched, file: FolderFile): Promise<void> {
    state.missing.delete(file.path);
    const leaving = await table.dropFile(folder.id, file);
    if (leaving !== null) await parts.finishRemoval(leaving);
  }

  function forgetOld(state: Watched, changed: readonly SeenFile[], gone: readonly FolderFile[]): void {
    const arriving = new Set(changed.map(({ path }) => path));
    for (const path of state.arriving.keys()) if (!arriving.has(path)) state.arriving.delete(path);
    for (const path of state.refused.keys()) if (!arriving.has(path)) state.refused.delete(path);
    const missing = new Set(gone.map(({ path }) => path));
    for (const path of state.missing.keys()) if (!missing.has(path)) state.missing.delete(path);
  }

  function isStill({ arriving }: Watched, { path, stamp }: SeenFile): boolean {
    const now = clock.now();
    const before = arriving.get(path);
    if (before?.stamp !== stamp) {
      arriving.set(path, { stamp, since: now });
      return times.stillMs === 0;
    }
    return now - before.since >= times.stillMs;
  }

  async function taken(
    folder: StoredFolder,
    state: Watched,
    file: SeenFile,
  ): Promise<'taken' | 'changing' | FolderProblem> {
    if (state.refused.get(file.path) === file.stamp) return 'unreadable';
    try {
      const took = await parts.take(folder, file, stillBytes(folder.path, file));
      state.arriving.delete(file.path);
      if (took?.leaving) await parts.finishRemoval(took.leaving);
      return 'taken';
    } catch (cause) {
      if (cause instanceof Changing) {
        state.arriving.delete(file.path);
        return 'changing';
      }
      if (cause instanceof Refusal && cause.code === 'quota-reached') return 'quota';
      if (isFull(cause)) return 'full';
      if (!isAway(cause)) throw cause;
      state.refused.set(file.path, file.stamp);
      return 'unreadable';
    }
  }

  /** A folder that can't be watched is found out about by looking. */
  function watchAll(id: number, { watchers }: Watched, folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, maxWatched));
    for (const [path, watcher] of watchers) {
      if (wanted.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of wanted) {
      if (watchers.has(path) || signal.aborted || !watched.has(id)) continue;
      try {
        const watcher = watch(path, { persistent: false }, () => lookIn(id, times.soonMs));
        watcher.on('error', () => {
          watcher.close();
          watchers.delete(path);
          lookIn(id, times.soonMs);
        });
        watchers.set(path, watcher);
      } catch (cause) {
        if (isAway(cause) || isOutOfWatches(cause)) return;
        throw cause;
      }
    }
  }

  return {
    follow,
    unfollow,
    lookNow,
    isScanning: (id: number): boolean => scanning === id || due.has(id),
    /** Until nothing is being looked at. */
    async settled(): Promise<void> {
      for (let now = running; now; now = running) await now;
    },
    async close(): Promise<void> {
      closing.abort();
      for (const id of [...watched.keys()]) unfollow(id);
      await running;
    },
  };
}

const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));
const isFull = (error: unknown): boolean =>
  hasCode(error, ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'storage-full']);
/** The system has only so many. */
const isOutOfWatches = (error: unknown): boolean => hasCode(error, ['ENOSPC', 'EMFILE', 'ENFILE']);
