/** What lies in a folder on the device, and what of it is new, changed or gone. */
import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, opendir, realpath } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FolderFile } from './folder-rows.ts';

export interface SeenFile {
  /** Within the folder. */
  path: string;
  bytes: number;
  /** Changes whenever the content does. */
  stamp: string;
}

export interface Look {
  /** Which folder it is to the disk. */
  root: string;
  files: SeenFile[];
  /** All of them, the folder itself included. */
  folders: string[];
  /** Files that can't be documents: too large, not readable, too many. */
  skipped: number;
  /** What lies below these, or beyond the limit, is not known. */
  unknown: string[];
  isComplete: boolean;
}

export interface LookLimits {
  files: number;
  depth: number;
  bytes: number;
}

/** What a document may end in; everything else in a folder is somebody's business, and not an error. */
const endings = new Set(
  '.pdf .docx .xlsx .pptx .html .htm .xhtml .md .markdown .mdown .mkd .txt .log .csv .tsv .tab'.split(' '),
);

/** Hidden, or half of something: what programs write beside a file while they save or fetch it. */
const isPassing = (name: string): boolean =>
  /^[.~]|^~\$|\.(?:part|partial|crdownload|download|tmp)$/i.test(name);

/** Symbolic links are not followed: they lead out of the folder, or round in it. */
export async function lookInto(folder: string, limits: LookLimits, signal: AbortSignal): Promise<Look> {
  const top = await lstat(folder, { bigint: true });
  const look: Look = {
    ...{ root: `${top.dev}:${top.ino}`, files: [], folders: [], skipped: 0, unknown: [], isComplete: true },
  };
  const below = async (within: string, depth: number): Promise<void> => {
    signal.throwIfAborted();
    look.folders.push(join(folder, within));
    for (const { name, isFolder } of await entriesOf(join(folder, within))) {
      const path = within === '' ? name : `${within}/${name}`;
      if (isFolder) {
        if (depth < limits.depth) await enter(path, depth + 1);
        continue;
      }
      if (!endings.has(extname(name).toLowerCase())) continue;
      await note(path);
    }
  };
  const enter = async (path: string, depth: number): Promise<void> => {
    try {
      await below(path, depth);
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      look.unknown.push(path);
    }
  };
  const note = async (path: string): Promise<void> => {
    if (look.files.length >= limits.files) {
      look.isComplete = false;
      look.skipped += 1;
      return;
    }
    const stat = await lstat(join(folder, path), { bigint: true }).catch(absent);
    if (!stat?.isFile()) return;
    if (Number(stat.size) > limits.bytes) {
      look.skipped += 1;
      return;
    }
    look.files.push({ path, bytes: Number(stat.size), stamp: stampOf(stat) });
  };
  await below('', 0);
  return look;
}

async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries: { name: string; isFolder: boolean }[] = [];
  for await (const entry of await opendir(folder)) {
    if (isPassing(entry.name)) continue;
    if (entry.isDirectory() || entry.isFile())
      entries.push({ name: entry.name, isFolder: entry.isDirectory() });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Stat = Pick<BigIntStats, 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

export const stampOf = ({ ino, size, mtimeNs, ctimeNs }: Stat): string =>
  [ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join('.');

/** Of a file that is gone since it was seen. */
function absent(cause: unknown): undefined {
  if (isAway(cause)) return undefined;
  throw cause;
}

/** Not there, or not for us: that is the folder's owner's business. */
export const isAway = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(?:ENOENT|ENOTDIR|EACCES|EPERM|ELOOP|EIO|ESTALE|EHOSTDOWN|ENOTCONN|ENXIO|ENODEV|ETIMEDOUT)$/.test(
    String(error.code),
  );

export interface FolderPlan {
  /** New, or not as they were. */
  changed: SeenFile[];
  gone: FolderFile[];
}

export function planFolder(known: readonly FolderFile[], look: Look): FolderPlan {
  const stamps = new Map(known.map(({ path, stamp }) => [path, stamp]));
  const seen = new Set(look.files.map(({ path }) => path));
  const isUnknown = (path: string): boolean => look.unknown.some((one) => path.startsWith(`${one}/`));
  return {
    changed: look.files.filter(({ path, stamp }) => stamps.get(path) !== stamp),
    gone: look.isComplete ? known.filter(({ path }) => !seen.has(path) && !isUnknown(path)) : [],
  };
}

/** An empty folder where a full one was, and another one to the disk: what was mounted there is not. */
export const isUnmounted = (root: string | null, known: number, look: Look): boolean =>
  known > 0 && look.files.length === 0 && root !== null && root !== look.root;

/**
 * The bytes of a file that stays as it was seen until the last of them.
 * @throws Changing when it does not
 */
export async function* stillBytes(folder: string, { path, stamp }: SeenFile): AsyncGenerator<Uint8Array> {
  const whole = join(folder, path);
  if ((await realpath(whole)) !== whole) throw new Changing(path);
  const file = await open(whole, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const demandStill = async (): Promise<void> => {
      if (stampOf(await file.stat({ bigint: true })) !== stamp) throw new Changing(path);
    };
    await demandStill();
    yield* file.createReadStream({ autoClose: false });
    await demandStill();
    if (stampOf(await lstat(whole, { bigint: true })) !== stamp) throw new Changing(path);
  } finally {
    await file.close();
  }
}

/** It will be read again when it is still. */
export class Changing extends Error {
  override readonly name = 'Changing';
  constructor(path: string) {
    super(`${path} changed while it was read`);
  }
}
