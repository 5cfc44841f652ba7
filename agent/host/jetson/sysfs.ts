/** Files of sysfs and procfs under a root folder. What can't be read is null; what hangs is left behind. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Sysfs {
  /** Trimmed, without the zero bytes that the device tree ends its words with. Null when it can't be read. */
  text(path: string): Promise<string | null>;
  /** Null for what is no whole number too. */
  number(path: string): Promise<number | null>;
  /** Names in a folder, in order; none when there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Reads that never came back, and hold a thread each. */
  hanging(): number;
}

export interface SysfsOptions {
  /** After which a read is left behind. A slow bus takes 10 ms; a machine that is busy may take much longer to tell. */
  deadlineMs?: number;
  /** Node reads files with four threads for everybody; a driver that hangs may keep these many of them. */
  hangingAtMost?: number;
}

/** @param root `/`, or where a tree was unpacked */
export function openSysfs(root = '/', { deadlineMs = 2_000, hangingAtMost = 2 }: SysfsOptions = {}): Sysfs {
  const hanging = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: of a bus that hangs one thread is lost, not all at once. */
  const inTurn = <T>(path: string, read: () => Promise<T>): Promise<T | null> => {
    const turn = last.then(() => withinDeadline(path, read));
    last = turn;
    return turn;
  };

  async function withinDeadline<T>(path: string, read: () => Promise<T>): Promise<T | null> {
    if (hanging.has(path) || hanging.size >= hangingAtMost) return null;
    // EAGAIN, ENODATA, EIO, a number that only the driver knows: all say that there is no reading.
    const reading = read().catch(() => null);
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    // After a pause of the event loop timers come first, and what was read meanwhile is told right after them.
    const timer = setTimeout(() => setImmediate(resolve, 'late'), deadlineMs);
    const first = await Promise.race([reading, late]);
    clearTimeout(timer);
    if (first !== 'late') return first as T | null;
    hanging.add(path);
    void reading.then(() => hanging.delete(path));
    return null;
  }

  const text = async (path: string): Promise<string | null> => {
    const content = await inTurn(path, () => readFile(join(root, path), 'utf8'));
    return content === null ? null : content.replaceAll('\0', '').trim();
  };
  return {
    text,
    number: async (path) => wholeNumber(await text(path)),
    list: async (path) => (await inTurn(path, () => readdir(join(root, path))))?.sort(inOrder) ?? [],
    hanging: () => hanging.size,
  };
}

export function wholeNumber(text: string | null): number | null {
  return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `hwmon10` after `hwmon9`. */
const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
