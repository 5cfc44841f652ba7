/** A block device and what it lies on, down to the disks, by the kernel's own words in sysfs. */
import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Root } from './root.ts';

export interface BlockDevice {
  /** As the kernel calls it: `dm-0`, `nvme0n1p3`, `zram0`. */
  name: string;
  /** The device-mapper's, `CRYPT-LUKS2-…` for what cryptsetup opened; the kernel keeps it, and nobody can write it. */
  dmUuid: string | undefined;
  dmName: string | undefined;
  /** What it lies on; empty for a disk. */
  below: BlockDevice[];
}

/** @param device `254:0` */
export function readBlockDevice(root: Root, device: string): BlockDevice | undefined {
  const path = `sys/dev/block/${device}`;
  if (!root.stat(path)) return undefined;
  return readAt(root, path, nameOf(root, path));
}

/** @param name `dm-0`, as `/sys/class/block` lists it */
export function readBlockDeviceNamed(root: Root, name: string): BlockDevice | undefined {
  const path = `sys/class/block/${name}`;
  return root.stat(path) ? readAt(root, path, name) : undefined;
}

function readAt(root: Root, path: string, name: string): BlockDevice {
  const below = root
    .list(`${path}/slaves`)
    .flatMap((slave) => readBlockDeviceNamed(root, slave) ?? readAt(root, `${path}/slaves/${slave}`, slave));
  // A file as a disk: what it lies on is the filesystem that holds the file, which `isEncrypted` can't follow.
  return { name, dmUuid: line(root, `${path}/dm/uuid`), dmName: line(root, `${path}/dm/name`), below };
}

function nameOf(root: Root, path: string): string {
  try {
    return basename(readlinkSync(root.at(path)));
  } catch {
    // A recorded tree may hold folders where sysfs has links.
    return /^DEVNAME=(.+)$/m.exec(root.read(`${path}/uevent`) ?? '')?.[1] ?? basename(path);
  }
}

const line = (root: Root, path: string): string | undefined => root.read(path)?.trim() || undefined;

const isLuks2 = ({ dmUuid }: BlockDevice): boolean => dmUuid?.startsWith('CRYPT-LUKS2-') === true;
const isCrypt = ({ dmUuid }: BlockDevice): boolean => dmUuid?.startsWith('CRYPT-') === true;

/** Every way down to a disk leads through LUKS2: half of a volume group on a plain disk is a plain half. */
export const liesOnLuks2 = (device: BlockDevice): boolean => everyWayDown(device, isLuks2);

/** Any kind of dm-crypt does: swap gets a new random key at every boot, without a header. */
export const liesOnCrypt = (device: BlockDevice): boolean => everyWayDown(device, isCrypt);

function everyWayDown(device: BlockDevice, is: (device: BlockDevice) => boolean): boolean {
  if (is(device)) return true;
  return device.below.length > 0 && device.below.every((one) => everyWayDown(one, is));
}

/** The LUKS2 devices on the way down: their names are what crypttab calls them. */
export function luks2Under(device: BlockDevice): BlockDevice[] {
  return isLuks2(device) ? [device] : device.below.flatMap(luks2Under);
}

/** `/dev/…` to what the kernel calls it; links of udev and of the device-mapper are followed. */
export function kernelNameOf(root: Root, path: string): string {
  const real = basename(root.real(path));
  if (root.stat(`sys/class/block/${real}`)) return real;
  // Without udev a mapper node is a node and no link: found by the name the mapper gave it.
  const wanted = basename(path);
  const mapped = blockNames(root).find((name) => line(root, `sys/class/block/${name}/dm/name`) === wanted);
  return mapped ?? real;
}

const blockNames = (root: Root): string[] => {
  try {
    return readdirSync(root.at('sys/class/block'));
  } catch {
    return [];
  }
};
