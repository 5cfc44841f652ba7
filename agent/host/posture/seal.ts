/** What opens the disk: the board or a person, and no key file that a thief carries off with it. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { luks2Under } from './block-device.ts';
import type { DiskSeen } from './disk.ts';
import { type DiskHeader, readDiskHeader } from './disk-header.ts';
import { bad, good, warning } from './finding.ts';
import type { Root } from './root.ts';

export interface SealSeen {
  /** Files that hold, or would be taken as, the key of the data volume. */
  keyFiles: string[];
  /** Lines of crypttab for the data volume. */
  entries: CrypttabEntry[];
  header: DiskHeader | undefined;
}

export interface CrypttabEntry {
  name: string;
  source: string;
  /** Undefined for `none` and `-`: asked for, or unsealed. */
  keyFile: string | undefined;
  options: string[];
}

/** crypttab(5): name, device, key, options; `#` begins a comment. */
export function parseCrypttab(text: string): CrypttabEntry[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', source = '', key = 'none', options = ''] = line.split(/\s+/);
      return {
        name,
        source,
        keyFile: ['none', '-'].includes(key) ? undefined : key,
        options: options.split(',').filter(Boolean),
      };
    });
}

/** @param header given by whoever may read it; left out, what root's program told is read */
export function readSeal(root: Root, disk: DiskSeen, header = readDiskHeader(root)): SealSeen {
  const names = (disk.device ? luks2Under(disk.device) : []).flatMap(({ dmName }) => dmName ?? []);
  const entries = parseCrypttab(root.read('etc/crypttab') ?? '').filter(({ name }) => names.includes(name));
  const named = entries.flatMap(({ keyFile }) => keyFile ?? []).filter((file) => !isSocket(root, file));
  // systemd takes these without any line naming them, crypttab(5).
  const found = names
    .flatMap((name) => [`/etc/cryptsetup-keys.d/${name}.key`, `/run/cryptsetup-keys.d/${name}.key`])
    .filter((file) => root.stat(file) !== undefined && !isSocket(root, file));
  const booted = keysOfCommandLine(root.read('proc/cmdline') ?? '');
  return { keyFiles: [...new Set([...named, ...found, ...booted])], entries, header };
}

/** A program that hands out the key when it is asked. */
const isSocket = (root: Root, file: string): boolean => root.stat(file)?.isSocket() === true;

/** `rd.luks.key=UUID=PATH:DEVICE` and its kin, systemd-cryptsetup-generator(8). */
export const keysOfCommandLine = (line: string): string[] =>
  line
    .split(/\s+/)
    .flatMap((word) => /^(?:rd\.)?luks\.key=(?:[0-9a-f-]{36}=)?(\/[^:]+)/.exec(word)?.[1] ?? []);

export function judgeSeal({ keyFiles, entries, header }: SealSeen): PostureFinding {
  const code = 'disk-sealed';
  if (keyFiles.length > 0) {
    return bad(
      code,
      `a key file lies beside the data: ${keyFiles.join(', ')}.`,
      'remove its key slot with `cryptsetup luksRemoveKey`, then wipe the file; seal to the board with `rockpool-provision seal`',
    );
  }
  const seal = 'seal it with `rockpool-provision seal`';
  if (header) {
    if (header.slots.includes('unknown')) {
      return bad(
        code,
        'a key slot is there that nobody knows of.',
        'finish the setup with `rockpool-provision apply`, which removes it',
      );
    }
    if (header.slots.includes('tpm2')) return good(code, "the key is sealed to the board's TPM.");
    if (header.slots.includes('jetson'))
      return good(code, "the key is sealed by the board's own trusted firmware.");
    if (header.slots.includes('passphrase'))
      return good(code, 'a person types the passphrase at every start.');
    return bad(
      code,
      'only the recovery key opens it.',
      `${seal}; where the board can't (disk.unlock = "passphrase"), set a passphrase with \`rockpool-provision passphrase\``,
    );
  }
  if (entries.some(({ options }) => options.some((option) => option.startsWith('tpm2-device=')))) {
    return good(code, "it is opened by the board's TPM.");
  }
  if (entries.length > 0) return good(code, 'a person types the passphrase at every start.');
  return warning(
    code,
    'nothing here tells what opens it.',
    'run `rockpool-provision verify` as root, which reads the header',
  );
}

export function judgeRecovery({ header }: Pick<SealSeen, 'header'>): PostureFinding {
  const code = 'recovery-kept';
  switch (header?.recovery) {
    case 'kept':
      return good(code, 'there is a recovery key, and somebody said that it is kept.');
    case 'unconfirmed':
      return bad(
        code,
        'the recovery key was shown, and nobody said that it is kept.',
        'open the setup page and confirm it; or make a new one with `rockpool-provision recovery-key`',
      );
    case 'none':
      return bad(
        code,
        'there is no recovery key: a board that breaks takes the data with it.',
        'make one with `rockpool-provision recovery-key` and keep it away from the device',
      );
    default:
      return warning(
        code,
        'it can not be seen from here whether there is a recovery key.',
        'run `rockpool-provision verify` as root, which reads the header',
      );
  }
}
