/** Swap: pages of the agent and the model may end there, so it is encrypted, or there is none. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { type BlockDevice, kernelNameOf, liesOnCrypt, readBlockDeviceNamed } from './block-device.ts';
import { readDisk } from './disk.ts';
import { bad, good } from './finding.ts';
import type { Root } from './root.ts';

export interface SwapSeen {
  path: string;
  device: BlockDevice | undefined;
  /** Compressed memory; `backing` is where the kernel may write idle pages of it, undefined when nowhere. */
  zram: { backing: BlockDevice | undefined } | undefined;
}

/** proc(5): a head line, then `path type size used priority`; a path's blanks are written `\040`. */
export function parseSwaps(text: string): { path: string; type: string }[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [path = '', type = ''] = line.split(/\s+/);
      return { path: path.replaceAll(/\\040/g, ' '), type };
    });
}

export function readSwap(root: Root): SwapSeen[] {
  return parseSwaps(root.read('proc/swaps') ?? '').map(({ path, type }) => {
    // A file's pages land where the file lies.
    if (type === 'file') return { path, device: readDisk(root, path).device, zram: undefined };
    const name = kernelNameOf(root, path);
    const device = readBlockDeviceNamed(root, name);
    return { path, device, zram: name.startsWith('zram') ? readZram(root, name) : undefined };
  });
}

function readZram(root: Root, name: string): SwapSeen['zram'] {
  const backing = root.read(`sys/class/block/${name}/backing_dev`)?.trim();
  if (!backing || backing === 'none') return { backing: undefined };
  const lies = kernelNameOf(root, backing);
  // Unknown counts as plain.
  const plain: BlockDevice = { name: lies, dmUuid: undefined, dmName: undefined, below: [] };
  return { backing: readBlockDeviceNamed(root, lies) ?? plain };
}

export function judgeSwap(swaps: readonly SwapSeen[]): PostureFinding {
  const code = 'swap-encrypted';
  if (swaps.length === 0) return good(code, 'there is no swap.');
  const plain = swaps.filter((swap) => !isSafe(swap)).map(({ path }) => path);
  if (plain.length > 0) {
    return bad(
      code,
      `${plain.join(', ')} is swap on a disk that is not encrypted.`,
      'switch it off with `swapoff` and take it out of /etc/fstab, or put it on dm-crypt with a random key in /etc/crypttab',
    );
  }
  return good(code, `swap is encrypted or compressed memory: ${swaps.map(({ path }) => path).join(', ')}.`);
}

function isSafe({ device, zram }: SwapSeen): boolean {
  if (zram) return zram.backing === undefined || liesOnCrypt(zram.backing);
  return device !== undefined && liesOnCrypt(device);
}
