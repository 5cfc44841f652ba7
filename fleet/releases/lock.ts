/** One command at a time writes to a repository: two that publish at once would give one version to two documents. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';

/** @throws Refusal while somebody else works there */
export async function alone<T>(folder: string, work: () => T | Promise<T>): Promise<T> {
  const path = join(folder, 'staging', 'lock');
  mkdirSync(dirname(path), { recursive: true });
  take(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): void {
  try {
    writeFileSync(path, `${process.pid}`, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    const holder = Number(readFileSync(path, 'utf8'));
    if (lives(holder))
      throw new Refusal('conflict', `Process ${holder} works on this repository; wait until it has ended.`, {
        cause,
      });
    // Whoever was cut off left nothing half done under a name that counts.
    rmSync(path, { force: true });
    take(path);
  }
}

function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
