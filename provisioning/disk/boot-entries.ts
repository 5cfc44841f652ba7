/** What the next boot needs to open and mount the volume: texts, compared with what is there and written by others. */

export const mapperName = 'rockpool-data';
export const mountPoint = '/var/lib/rockpool';

export interface BootEntries {
  /** Of the LUKS2 header: a second disk with the same partition label can't be taken for it. */
  uuid: string;
  unlock: 'tpm2' | 'passphrase' | 'jetson';
  /** The drive takes discards. */
  discards: boolean;
  /** With AES in the processor the detour over kernel threads costs more than the cipher. */
  aes: boolean;
}

/**
 * One line of crypttab(5).
 *
 * `headless`: nobody stands there, so a TPM that doesn't give the key is a failure at once and not a question on a
 * console; `nofail`: such a boot goes on, to the page that takes the recovery key. What a person or OP-TEE opens is
 * `noauto`, for systemd knows neither. `discard` tells the drive, and whoever reads it, which blocks are free: how
 * full it is, and of what filesystem; it gives for that that what people let go of leaves the flash, and that the drive
 * stays fast. There is no key file, and `-` means none.
 */
export function crypttabLine({ uuid, unlock, discards, aes }: BootEntries): string {
  const options = [
    'luks',
    ...(unlock === 'tpm2' ? ['tpm2-device=auto', 'token-timeout=60s', 'headless=true'] : ['noauto']),
    'nofail',
    'x-systemd.device-timeout=60s',
    ...(discards ? ['discard'] : []),
    ...(aes ? ['no-read-workqueue', 'no-write-workqueue'] : []),
  ];
  return `${mapperName} UUID=${uuid} - ${options.join(',')}`;
}

/**
 * One line of fstab(5). Nothing that people bring is a program, a device or a way to other rights. When the filesystem
 * finds itself damaged it takes no more writes: an office that can't write asks for help, one that writes on loses more.
 */
export function fstabLine({ unlock }: Pick<BootEntries, 'unlock'>): string {
  const options = [
    'noatime',
    'nodev',
    'nosuid',
    'noexec',
    'errors=remount-ro',
    'nofail',
    ...(unlock === 'tpm2' ? [] : ['noauto']),
    'x-systemd.device-timeout=60s',
  ];
  // Checked at every boot, after the root: 2.
  return `/dev/mapper/${mapperName} ${mountPoint} ext4 ${options.join(',')} 0 2`;
}

/**
 * Swap, where a partition was meant for it: a new random key at every boot, known to nobody and kept nowhere. By
 * PARTUUID, because what is named here is overwritten at every boot.
 */
export function swapLines(partuuid: string): { crypttab: string; fstab: string } {
  return {
    crypttab: `rockpool-swap PARTUUID=${partuuid} /dev/urandom swap,cipher=aes-xts-plain64,size=512,sector-size=4096,nofail`,
    fstab: '/dev/mapper/rockpool-swap none swap defaults,nofail 0 0',
  };
}

/**
 * The file with our line in place of any other for the same name (crypttab) or mount point (fstab); lines of others
 * stay as and where they are.
 */
export function withLine(file: string, line: string): string {
  const lines = file.replace(/\n+$/, '').split('\n');
  const places = lines.flatMap((other, at) => (speaksOfTheSame(other, line) ? [at] : []));
  const kept = lines.flatMap((other, at) => (at === places[0] ? [line] : places.includes(at) ? [] : [other]));
  return `${[...kept, ...(places.length === 0 ? [line] : [])].join('\n').replace(/^\n/, '')}\n`;
}

/** One line speaks of it, and it is this one. */
export const hasLine = (file: string, line: string): boolean =>
  file
    .split('\n')
    .filter((other) => speaksOfTheSame(other, line))
    .join() === line;

function speaksOfTheSame(other: string, line: string): boolean {
  if (other.trim().startsWith('#')) return false;
  // fstab names things by where they are mounted, and swap, which is mounted nowhere, by its device.
  const isMount = line.startsWith('/') && field(line, 1) !== 'none';
  return field(other, isMount ? 1 : 0) === field(line, isMount ? 1 : 0);
}

const field = (line: string, at: number): string | undefined => line.trim().split(/\s+/)[at];
