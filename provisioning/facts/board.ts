/** The board: what it is, what it can do, and how its boot is guarded; by device-tree, DMI, sysfs and EFI variables. */
import { availableParallelism } from 'node:os';
import type { Root } from '@rockpool/agent/host/posture/root.ts';
import { hasAes } from '../disk/cost.ts';
import type { BoardFacts, Facts, TpmFacts } from './facts.ts';

export function readBoard(root: Root, cores = availableParallelism()): BoardFacts {
  const text = (path: string): string | null => root.read(path)?.replaceAll('\0', '').trim() || null;
  return {
    model: text('proc/device-tree/model') ?? text('sys/class/dmi/id/product_name'),
    // Makers leave their own word there where they meant to write a number.
    serial: real(text('proc/device-tree/serial-number')) ?? real(text('sys/class/dmi/id/product_serial')),
    architecture: process.arch,
    cores,
    memoryBytes: parseMemory(root.read('proc/meminfo') ?? ''),
    aes: hasAes(root.read('proc/cpuinfo') ?? ''),
  };
}

const real = (serial: string | null): string | null =>
  serial !== null && /\d/.test(serial) && !/^0+$|to be filled|default|not specified/i.test(serial)
    ? serial
    : null;

/** proc(5): kibibytes, whatever it calls them. */
export const parseMemory = (meminfo: string): number =>
  Number(/^MemTotal:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;

/** By sysfs. The resource manager's node is what programs open; without it they would get in each other's way. */
export function readTpm(root: Root): TpmFacts | null {
  const [name] = root.list('sys/class/tpm').filter((entry) => /^tpm\d+$/.test(entry));
  if (!name) return null;
  const major = root.read(`sys/class/tpm/${name}/tpm_version_major`)?.trim();
  // The folders of banks came with Linux 5.12; before it is not known from here.
  const banks = root.list(`sys/class/tpm/${name}`).filter((entry) => entry.startsWith('pcr-'));
  return {
    device: root.stat(`dev/tpmrm${name.slice(3)}`) ? `/dev/tpmrm${name.slice(3)}` : `/dev/${name}`,
    version: major === '1' ? 1 : 2,
    sha256Bank: banks.length === 0 ? null : banks.includes('pcr-sha256'),
  };
}

const efiGlobal = '8be4df61-93ca-11d2-aa0d-00e098032b8c';

/** UEFI 2.10, 3.3: a byte after four of attributes. */
export function readSecureBoot(root: Root): Facts['secureBoot'] {
  const variable = (name: string): number | undefined =>
    // Read as text, which keeps bytes below 128 as they are.
    root.read(`sys/firmware/efi/efivars/${name}-${efiGlobal}`)?.charCodeAt(4);
  const secure = variable('SecureBoot');
  if (secure === undefined) return 'none';
  if (variable('SetupMode') === 1) return 'setup-mode';
  return secure === 1 ? 'on' : 'off';
}
