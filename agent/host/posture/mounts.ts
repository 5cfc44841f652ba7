/** What is mounted where, by the kernel's own list. */
import type { Root } from './root.ts';

export interface Mount {
  /** `254:0`: the device of the filesystem. Major 0 is one without a device of its own: tmpfs, overlay, btrfs. */
  device: string;
  mountPoint: string;
  type: string;
  source: string;
}

/** proc(5): `36 35 254:0 / /var/lib rw,noatime shared:1 - ext4 /dev/mapper/data rw`; blanks are written `\040`. */
export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const [before = '', after = ''] = splitAtDash(line);
      const [, , device, , mountPoint] = before.split(' ');
      const [type, source] = after.split(' ');
      if (!device || !mountPoint || !type) return [];
      return [{ device, mountPoint: unescaped(mountPoint), type, source: unescaped(source ?? '') }];
    });
}

/** The optional fields before the dash are any number of words. */
function splitAtDash(line: string): [string, string] {
  const at = line.indexOf(' - ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 3)];
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The mount that holds `path`: the longest mount point above it, and of several on one point the last, which hides the others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const holds = ({ mountPoint }: Mount): boolean =>
    mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
  return mounts
    .filter(holds)
    .reduce<Mount | undefined>(
      (best, one) => (best && best.mountPoint.length > one.mountPoint.length ? best : one),
      undefined,
    );
}

export const readMounts = (root: Root): Mount[] => parseMountInfo(root.read('proc/self/mountinfo') ?? '');
