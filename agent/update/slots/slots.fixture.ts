/** For tests: programs that answer as they were recorded, and images in a store. */
import { createHash } from 'node:crypto';
import type { Disk } from '../disk.ts';
import type { Exec } from './exec.ts';
import type { SlotImage, SlotImages } from './slots.ts';

export const calm = new AbortController().signal;

/** @param answers by the command line; what isn't there fails as a program that is missing */
export function recorded(answers: (line: string) => string | { code: number; stderr: string } | undefined): {
  exec: Exec;
  lines: string[];
} {
  const lines: string[] = [];
  return {
    lines,
    exec: async (program, args) => {
      const line = [program, ...args].join(' ');
      lines.push(line);
      const answer = answers(line);
      if (typeof answer === 'string') return { code: 0, stdout: answer, stderr: '' };
      return { code: null, stdout: '', stderr: `spawn ${program} ENOENT`, ...answer };
    },
  };
}

export async function write(disk: Disk, path: string, bytes: string | Buffer): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  await disk.makeFolder(folder);
  const file = await disk.open(path, 'rw');
  await file.truncate(0);
  await file.write(Buffer.from(bytes), 0);
  await file.sync();
  await file.close();
  await syncUp(disk, folder);
}

/** The names of a folder, and of all that it lies in. */
export async function syncUp(disk: Disk, folder: string): Promise<void> {
  for (let above = folder; above !== ''; above = above.slice(0, above.lastIndexOf('/')))
    await disk.syncFolder(above);
  await disk.syncFolder('/');
}

export async function imageIn(disk: Disk, name: string, content: string | Buffer): Promise<SlotImage> {
  const bytes = Buffer.from(content);
  const file = `/store/${name}`;
  await write(disk, file, bytes);
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

export const imagesIn = async (
  disk: Disk,
  version: string,
  boot = `boot ${version}`,
): Promise<SlotImages> => ({
  root: await imageIn(disk, `root-${version}`, `root ${version}`),
  boot: await imageIn(disk, `boot-${version}`, boot),
});

export const text = async (disk: Disk, path: string): Promise<string> =>
  ((await disk.read(path)) ?? Buffer.from('(none)')).toString();
