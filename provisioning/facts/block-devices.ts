/** Disks and partitions, by `lsblk`. */
import { z } from 'zod';

/** Fixed by us, so that versions differ in what they add and not in what we read. */
export const lsblkArguments = [
  '--json',
  '--bytes',
  '--paths',
  '--output',
  'NAME,KNAME,MAJ:MIN,TYPE,SIZE,RO,LABEL,PARTLABEL,PARTUUID,MOUNTPOINTS',
];

const text = z.string().nullable().default(null);

export interface BlockDevice {
  path: string;
  kernelName: string;
  /** `major:minor` */
  number: string;
  /** `disk`, `part`, `crypt`, `loop`, `lvm` … */
  type: string;
  sizeBytes: number;
  readOnly: boolean;
  /** Of the filesystem on it, as udev saw it. */
  label: string | null;
  partLabel: string | null;
  partUuid: string | null;
  mountedAt: readonly string[];
  children: readonly BlockDevice[];
}

const Device: z.ZodType<BlockDevice> = z.lazy(() =>
  z
    .object({
      name: z.string(),
      kname: z.string(),
      'maj:min': z.string(),
      type: z.string(),
      size: z.coerce.number(), // a string before util-linux 2.33
      ro: z.union([z.boolean(), z.enum(['0', '1']).transform((value) => value === '1')]),
      label: text,
      partlabel: text,
      partuuid: text,
      mountpoints: z.array(z.string().nullable()).default([]),
      children: z.array(Device).default([]),
    })
    .transform((seen) => ({
      ...{ path: seen.name, kernelName: seen.kname.replace(/^.*\//, ''), number: seen['maj:min'].trim() },
      ...{ type: seen.type, sizeBytes: seen.size, readOnly: seen.ro },
      ...{ label: seen.label, partLabel: seen.partlabel, partUuid: seen.partuuid },
      mountedAt: seen.mountpoints.filter((point) => point !== null),
      children: seen.children,
    })),
);

/** The whole tree. A device that lies on two, as in RAID, stands under both. */
export const parseLsblk = (json: string): BlockDevice[] =>
  z.object({ blockdevices: z.array(Device) }).parse(JSON.parse(json)).blockdevices;

/** Every device once, parents first. */
export function flatten(devices: readonly BlockDevice[]): BlockDevice[] {
  const all = devices.flatMap((device): BlockDevice[] => [device, ...flatten(device.children)]);
  return [...new Map(all.map((device) => [device.kernelName, device])).values()];
}

/**
 * What the settings name. Two partitions of the same label are nobody's clear wish.
 * @param named `PARTLABEL=UDA`, `PARTUUID=…` or a path
 * @param real where a path leads when its links are followed
 */
export function findDevice(
  devices: readonly BlockDevice[],
  named: string,
  real: (path: string) => string,
): BlockDevice | null {
  const all = flatten(devices);
  const found = all.filter((device) => {
    if (named.startsWith('PARTLABEL=')) return device.partLabel === named.slice('PARTLABEL='.length);
    if (named.startsWith('PARTUUID='))
      return device.partUuid?.toLowerCase() === named.slice('PARTUUID='.length);
    return device.path === real(named);
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** What a person may have meant: partitions, and disks without any. */
export const candidates = (devices: readonly BlockDevice[]): string[] =>
  flatten(devices)
    .filter(
      ({ type, children, sizeBytes }) =>
        (type === 'part' || (type === 'disk' && children.length === 0)) && sizeBytes > 0,
    )
    .map(
      ({ path, partLabel, sizeBytes }) => `${path}${partLabel ? ` “${partLabel}”` : ''} (${gib(sizeBytes)})`,
    );

/** Everything below and beside encryption counts; what is inside our own mapper is asked of the kernel elsewhere. */
export const usedAt = (device: BlockDevice, ownMapper: string): string[] => [
  ...device.mountedAt,
  ...device.children
    .filter(({ path }) => path !== `/dev/mapper/${ownMapper}`)
    .flatMap((child) => [child.path, ...usedAt(child, ownMapper)]),
];

const gib = (bytes: number): string =>
  bytes >= 1024 ** 3 ? `${Math.round(bytes / 1024 ** 3)} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
