/** One file that holds everything of the home folder, at one consistent moment, while people go on working. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { isDatabaseFile, type Manifest, manifestName, staysBehind } from './manifest.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

export interface BackupParts {
  home: string;
  /** Copies all databases as of one moment into a folder. */
  copyDatabases(folder: string): Promise<unknown>;
  clock: Clock;
  writtenBy: string;
}

interface Picture {
  manifest: Manifest;
  /** Where the file of a path lies; it doesn't change any more up to its `bytes`. */
  source(path: string): string;
  remove(): void;
}

/**
 * The backup as a stream. It is a tar of plain files, compressed by zstd: `tar --zstd -xf` opens it without Rockpool.
 * Whoever takes the stream reads or destroys it, and what was set aside for it is removed then.
 */
export async function createBackup(parts: BackupParts, signal: AbortSignal): Promise<Readable> {
  const picture = await takePicture(parts);
  const packed = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  packed.once('close', () => picture.remove());
  // A failure destroys the packed stream with its cause, which is where its reader learns of it.
  pipeline(Readable.from(pack(picture)), packed, { signal }).catch(() => undefined);
  return packed;
}

async function* pack({ manifest, source }: Picture): AsyncGenerator<Buffer> {
  const head = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  yield Buffer.concat([tarHeader({ name: manifestName, bytes: head.length }), head, tarPadding(head.length)]);
  for (const { path, bytes } of manifest.files) {
    yield tarHeader({ name: path, bytes });
    if (bytes > 0) yield* createReadStream(source(path), { end: bytes - 1 }) as AsyncIterable<Buffer>;
    yield tarPadding(bytes);
  }
  yield tarEnd();
}

/** Files by hard link, databases by copy: what is deleted meanwhile is still in the picture. */
async function takePicture({ home, copyDatabases, clock, writtenBy }: BackupParts): Promise<Picture> {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(home, 'run/backup-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const source = (path: string): string => join(folder, path);
  try {
    const files = filesOf(home);
    link(home, folder, files);
    await copyDatabases(folder);
    // Again, for what was added between: a row of the copied databases must not point at nothing.
    link(home, folder, filesOf(home));
    const paths = everyFile(folder);
    const listed = [];
    for (const path of paths) listed.push({ path, ...(await measure(source(path))) });
    const manifest: Manifest = {
      format: 'rockpool-backup',
      version: 1,
      createdAt: clock.now(),
      writtenBy,
      files: listed,
    };
    return { manifest, source, remove };
  } catch (cause) {
    remove();
    throw cause;
  }
}

/** Relative paths of what belongs into a backup as it lies there. */
const filesOf = (home: string): string[] =>
  readdirSync(home)
    .filter((name) => !staysBehind(name) && !isDatabaseFile(name))
    .flatMap((name) => (statSync(join(home, name)).isDirectory() ? everyFile(home, name) : [name]));

const everyFile = (root: string, below = ''): string[] =>
  readdirSync(join(root, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return everyFile(root, path);
      return entry.isFile() && !entry.name.endsWith('.partial') ? [path] : [];
    })
    .sort();

function link(home: string, folder: string, paths: string[]): void {
  for (const path of paths) {
    const [from, to] = [join(home, path), join(folder, path)];
    mkdirSync(dirname(to), { recursive: true });
    try {
      if (isSameFile(from, to)) continue;
      // Another file has this name by now: a log that was begun anew, a setting that was replaced.
      rmSync(to, { force: true });
      linkSync(from, to);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error; // deleted since it was listed
    }
  }
}

function isSameFile(from: string, to: string): boolean {
  const there = statSync(to, { throwIfNoEntry: false });
  return there !== undefined && there.ino === statSync(from).ino;
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

async function measure(file: string): Promise<{ bytes: number; sha256: string }> {
  const bytes = settledBytes(file);
  const digest = createHash('sha256');
  if (bytes > 0)
    for await (const piece of createReadStream(file, { end: bytes - 1 })) digest.update(piece as Buffer);
  return { bytes, sha256: digest.digest('hex') };
}

/** Logs grow while they are read: up to the last whole line of this moment, they don't change any more. */
function settledBytes(file: string): number {
  const { size } = statSync(file);
  if (!/\.(?:jsonl|log)$/.test(file)) return size;
  const tail = Buffer.alloc(Math.min(size, 64 * 1024));
  const handle = openSync(file, 'r');
  try {
    readSync(handle, tail, 0, tail.length, size - tail.length);
  } finally {
    closeSync(handle);
  }
  const lineEnd = tail.lastIndexOf(0x0a);
  return lineEnd < 0 ? size : size - tail.length + lineEnd + 1;
}
