/** The disk that the data folder lies on: room, whether it can be written, and its wear where the drive tells everybody. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import type { Sysfs } from '../../host/jetson/sysfs.ts';
import type { Readings } from './machine.ts';

const mib = 1024 * 1024;

export async function readDisk(home: string, sysfs: Sysfs): Promise<Readings['disk']> {
  const size = await statfs(home).catch(() => null);
  const device = await stat(home).then(
    ({ dev }) => dev,
    () => null,
  );
  return {
    totalMiB: size && Math.round((size.blocks * size.bsize) / mib),
    // What root keeps for itself is not there for us.
    freeMiB: size && Math.round((size.bavail * size.bsize) / mib),
    readOnly: readOnlyBy(await access(home, constants.W_OK).then(() => 'OK', codeOf)),
    wearPercent: device === null ? null : await readWear(sysfs, blockNumbers(device)),
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';

/** Linux answers EROFS before it looks at permissions, also for a disk that it made read-only after an error. */
export function readOnlyBy(code: string): boolean | null {
  if (code === 'OK' || code === 'EACCES' || code === 'EPERM') return false;
  return code === 'EROFS' ? true : null;
}

/** As the kernel packs them, makedev(3). */
export function blockNumbers(device: number): string {
  const packed = BigInt(device);
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & 0xfffff000n);
  const minor = (packed & 0xffn) | ((packed >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

/**
 * An eMMC says in its life_time of each of its two kinds of cells how many tenths of its life are used. An NVMe drive
 * tells only root, by a command.
 * @param device `259:1`
 */
export async function readWear(sysfs: Sysfs, device: string): Promise<number | null> {
  const wears = [];
  for (const disk of await disksUnder(sysfs, `sys/dev/block/${device}`)) {
    wears.push(parseLifeTime((await sysfs.text(`sys/class/block/${disk}/device/life_time`)) ?? ''));
  }
  const known = wears.filter((wear) => wear !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Names of disks below a partition, LUKS or a volume group. */
async function disksUnder(sysfs: Sysfs, at: string): Promise<string[]> {
  const below = await sysfs.list(`${at}/slaves`);
  if (below.length > 0) {
    const disks = [];
    for (const name of below) disks.push(...(await disksUnder(sysfs, `sys/class/block/${name}`)));
    return disks;
  }
  const name = /^DEVNAME=(.+)$/m.exec((await sysfs.text(`${at}/uevent`)) ?? '')?.[1];
  return name === undefined ? [] : [diskOf(name)];
}

/** `mmcblk0p1` lies on `mmcblk0`, `nvme0n1p3` on `nvme0n1`, `sda2` on `sda`. */
export const diskOf = (name: string): string =>
  /^(mmcblk\d+|nvme\d+n\d+)p\d+$/.exec(name)?.[1] ?? /^(sd[a-z]+|vd[a-z]+)\d+$/.exec(name)?.[1] ?? name;

/** `0x02 0x01`: up to 20 % of the one, up to 10 % of the other. 0 says that it isn't told, 11 that it is past its end. */
export function parseLifeTime(text: string): number | null {
  const tenths = [...text.matchAll(/0x([0-9a-f]{2})\b/gi)].map(([, hex]) => Number.parseInt(hex ?? '0', 16));
  const told = tenths.filter((tenth) => tenth > 0 && tenth <= 11);
  return told.length === 0 ? null : Math.max(...told) * 10;
}
