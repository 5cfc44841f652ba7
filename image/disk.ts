/** The disk, put together file by file: no loop device, no mount, no device-mapper. */
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskMiB, partitions, partitionTable } from './partitions.ts';
import type { Target } from './targets.ts';
import type { Tools } from './tools.ts';

const MiB = 1024 * 1024;

export interface DiskParts {
  target: Target;
  /** As the tools see them. */
  loader: string;
  kernel: string;
  root: string;
  /** Settings of a device; measured beside the kernel, so that a disk that was sealed with them opens with no others. */
  settings?: string;
}

/** @returns the disk, as the tools see it */
export function composeDisk(parts: DiskParts, tools: Tools): string {
  const disk = join(tools.inside, 'disk.img');
  const esp = espImage(parts, tools);
  const fd = openSync(join(tools.outside, 'disk.img'), 'w');
  ftruncateSync(fd, diskMiB * MiB);
  closeSync(fd);
  tools.runWith(partitionTable, 'sfdisk', '--quiet', disk);
  put(tools, esp, disk, partitions.esp.startMiB);
  put(tools, parts.root, disk, partitions.a.startMiB);
  return disk;
}

function espImage({ target, loader, kernel, settings }: DiskParts, tools: Tools): string {
  const esp = join(tools.inside, 'esp.fat');
  tools.run('truncate', '--size', `${partitions.esp.sizeMiB}M`, esp);
  tools.run('mkfs.vfat', '-F', '32', '-n', 'ESP', '-i', '526f636b', '--invariant', esp);
  const copy = (from: string, to: string): string => tools.run('mcopy', '-i', esp, from, `::${to}`);
  tools.run(
    'mmd',
    '-i',
    esp,
    ...['EFI', 'EFI/BOOT', 'EFI/Linux', 'loader', 'loader/credentials'].map((name) => `::${name}`),
  );
  copy(loader, `EFI/BOOT/BOOT${target.efi.toUpperCase()}.EFI`);
  copy(kernel, 'EFI/Linux/rockpool-a.efi');
  const text = (name: string, content: string): string => {
    writeFileSync(join(tools.outside, name), content);
    return join(tools.inside, name);
  };
  copy(text('loader.conf', 'timeout 0\neditor no\n'), 'loader/loader.conf');
  if (settings !== undefined)
    copy(text('provisioning.cred', settings), 'loader/credentials/provisioning.cred');
  return esp;
}

function put(tools: Tools, from: string, disk: string, startMiB: number): void {
  tools.run(
    'dd',
    `if=${from}`,
    `of=${disk}`,
    'bs=1M',
    `seek=${startMiB}`,
    'conv=notrunc,sparse',
    'status=none',
  );
}
