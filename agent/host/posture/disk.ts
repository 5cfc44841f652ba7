/** Whether what people say lies on LUKS2: by what is mounted under it, never by what was configured. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { type BlockDevice, liesOnLuks2, luks2Under, readBlockDevice } from './block-device.ts';
import { bad, good } from './finding.ts';
import { type Mount, mountOf, readMounts } from './mounts.ts';
import type { Root } from './root.ts';

export interface DiskSeen {
  /** What was asked about, with its links followed. */
  folder: string;
  mount: Mount | undefined;
  /** Undefined for a filesystem without a device of its own: tmpfs, overlay; btrfs and ZFS, which may lie on several disks. */
  device: BlockDevice | undefined;
}

export function readDisk(root: Root, folder: string): DiskSeen {
  const real = root.real(folder);
  const mount = mountOf(real, readMounts(root));
  return { folder: real, mount, device: mount && readBlockDevice(root, mount.device) };
}

/** @param mountPoint where the data volume belongs; anything else there means that it didn't open */
export function judgeDisk({ folder, mount, device }: DiskSeen, mountPoint?: string): PostureFinding {
  const code = 'disk-encrypted';
  const cure =
    'open the data volume with its recovery key on the setup page, or look why with `rockpool-provision verify`; nothing is stored until then';
  if (!mount) return bad(code, `nothing is known of what is mounted under ${folder}.`, cure);
  if (mountPoint !== undefined && !isOn(mount, mountPoint)) {
    return bad(code, `the data volume is not mounted on ${mountPoint}.`, cure);
  }
  const what = `${folder} lies on ${mount.source} (${mount.type})`;
  if (!device) return bad(code, `${what}, which does not tell on which disk it lies.`, cure);
  if (!liesOnLuks2(device)) {
    return bad(
      code,
      `${what}, which is not encrypted with LUKS2.`,
      'set the device up again with `rockpool-provision apply`; what was stored in the clear is to be wiped',
    );
  }
  const names = luks2Under(device).map(({ name, dmName }) => dmName ?? name);
  return good(code, `${what}, encrypted with LUKS2 (${names.join(', ')}).`);
}

const isOn = (mount: Mount, mountPoint: string): boolean =>
  mount.mountPoint === mountPoint || mount.mountPoint.startsWith(`${mountPoint}/`);
