/** For a device that leaves: what opens its disk is destroyed, in the order in which a cut of power loses least of the purpose. */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Run } from '../exec.ts';
import { DiskError } from './disk-error.ts';
import { closeLuks, eraseLuks } from './luks.ts';
import { readLuksHeader } from './luks-header.ts';

export interface WipeFacts {
  device: string;
  /** The device's name, which a person has to type. */
  name: string;
  /** Mapper name while it is open. */
  openAs: string | null;
  mountedAt: string | null;
  header: 'good' | 'damaged' | 'lost' | 'none';
  /** The drive takes discards. */
  discards: boolean;
  /** For `tpm2_clear`: `device:/dev/tpmrm0`; null without a TPM, or where it is another's too. */
  tpm: string | null;
}

export type WipeStepId = 'unmount' | 'close' | 'erase-slots' | 'overwrite-header' | 'clear-tpm' | 'discard';

export interface WipeStep {
  id: WipeStepId;
  says: string;
}

/** Nothing is read but the facts. */
export function planWipe(facts: WipeFacts): WipeStep[] {
  const steps: (WipeStep | false)[] = [
    facts.mountedAt !== null && { id: 'unmount', says: `Unmount ${facts.mountedAt}.` },
    facts.openAs !== null && { id: 'close', says: `Close ${facts.openAs}; the key leaves the memory.` },
    // A header without a whole copy has no slots that cryptsetup could find; overwriting takes them too.
    (facts.header === 'good' || facts.header === 'damaged') && {
      id: 'erase-slots',
      says: `Destroy every key slot of ${facts.device}. From here on there is no way back.`,
    },
    {
      id: 'overwrite-header',
      says: `Overwrite the first ${headerArea / 1024 / 1024} MiB of ${facts.device} with random bytes.`,
    },
    facts.tpm !== null && {
      id: 'clear-tpm',
      says: 'Give the TPM a new seed: a copy of the header from before, wherever it is, opens by this board no more.',
    },
    facts.discards && { id: 'discard', says: `Tell the drive to forget all of ${facts.device}.` },
  ];
  return steps.filter((step) => step !== false);
}

/** What no wiping of the device can reach; for the receipt. */
export const wipeRemainders = [
  'Destroy the paper with the recovery key.',
  'Let the controller forget the header copies of this device, and revoke its certificate.',
] as const;

/** Typed as a confirmation: letter for letter. */
export const isName = (typed: string, name: string): boolean => typed.trim() === name;

/**
 * @param typed the device's name, as the person typed it
 * @returns what was done and seen, a sentence each
 * @throws Refusal `bad-request` before anything is touched; DiskError when the disk shows that it is not wiped
 */
export async function wipe(run: Run, facts: WipeFacts, typed: string): Promise<string[]> {
  if (!isName(typed, facts.name))
    throw new Refusal(
      'bad-request',
      `Type the device's name, ${facts.name}, to destroy its data; “${typed.trim()}” was typed and nothing was touched.`,
    );
  const before = await fingerprints(facts.device);
  const seen: string[] = [];
  for (const step of planWipe(facts)) seen.push(await deeds[step.id](run, facts));
  await mustBeWiped(facts.device, before);
  return [...seen, `Nothing is left of the header of ${facts.device}.`];
}

/** What lies in front of the data in a LUKS2 volume of ours: both copies of the header, and every slot. */
const headerArea = 16 * 1024 * 1024;

const deeds: Record<WipeStepId, (run: Run, facts: WipeFacts) => Promise<string>> = {
  async unmount(run, { mountedAt }) {
    const ran = await run('umount', [mountedAt ?? '']);
    if (ran.code !== 0)
      throw new DiskError(
        'busy',
        `${mountedAt} is in use: ${ran.stderr.trim()} Stop the agent and its updater first.`,
      );
    return `${mountedAt} is unmounted.`;
  },
  async close(run, { openAs }) {
    await closeLuks(run, openAs ?? '');
    return `${openAs} is closed.`;
  },
  async 'erase-slots'(run, { device }) {
    await eraseLuks(run, device);
    return `The key slots of ${device} are destroyed.`;
  },
  async 'overwrite-header'(_run, { device }) {
    await overwrite(device);
    return `The first ${headerArea / 1024 / 1024} MiB of ${device} are overwritten.`;
  },
  async 'clear-tpm'(run, { tpm }) {
    const ran = await run('tpm2_clear', ['-T', tpm ?? '']);
    if (ran.code !== 0)
      return `The TPM was not cleared (${ran.stderr.trim().split('\n').at(-1)}). Clear it in the firmware's menu.`;
    return 'The TPM has a new seed.';
  },
  async discard(run, { device }) {
    // Secure where the drive can: it then forgets spare copies as well. Most NVMe drives know the plain one only.
    if ((await run('blkdiscard', ['--force', '--secure', device], { timeoutMs: discardMs })).code === 0)
      return 'The drive has forgotten all of it, spare copies included.';
    const ran = await run('blkdiscard', ['--force', device], { timeoutMs: discardMs });
    return ran.code === 0
      ? 'The drive was told to forget all of it; whether spare copies are gone, it does not say.'
      : `The drive does not discard (${ran.stderr.trim()}). What it holds is encrypted by a key that is destroyed.`;
  },
};

/** Drives that erase before they answer take minutes. */
const discardMs = 30 * 60_000;

async function overwrite(device: string): Promise<void> {
  const file = await open(device, 'r+');
  try {
    const bytes = Buffer.alloc(1024 * 1024);
    const end = Math.min(headerArea, await sizeOf(device));
    for (let at = 0; at < end; at += bytes.length) {
      crypto.getRandomValues(bytes.subarray(0, 65_536));
      for (let from = 65_536; from < bytes.length; from += 65_536)
        crypto.getRandomValues(bytes.subarray(from, from + 65_536));
      await file.write(bytes, 0, Math.min(bytes.length, end - at), at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Of a block device too, whose stat says 0. */
async function sizeOf(device: string): Promise<number> {
  const file = await open(device, 'r');
  try {
    const { size } = await file.stat();
    return size > 0
      ? size
      : Number(await readFile(`/sys/class/block/${basename(device)}/size`, 'utf8')) * 512;
  } finally {
    await file.close();
  }
}

/** Of each sector of the header area that holds something, so that afterwards none can be the same. */
async function fingerprints(device: string): Promise<Map<number, string>> {
  const sectorBytes = 4096;
  const file = await open(device, 'r');
  try {
    const area = Buffer.alloc(Math.min(headerArea, await sizeOf(device)));
    await file.read(area, 0, area.length, 0);
    const found = new Map<number, string>();
    for (let at = 0; at < area.length; at += sectorBytes) {
      const sector = area.subarray(at, at + sectorBytes);
      if (sector.some((byte) => byte !== 0)) found.set(at, createHash('sha256').update(sector).digest('hex'));
    }
    return found;
  } finally {
    await file.close();
  }
}

async function mustBeWiped(device: string, before: ReadonlyMap<number, string>): Promise<void> {
  const after = await fingerprints(device);
  const same = [...before].filter(([at, digest]) => after.get(at) === digest).length;
  const { state } = await readLuksHeader(device);
  if (state !== 'none' || same > 0)
    throw new DiskError(
      'not-as-asked',
      `${device} is not wiped: ${same} sectors of its header are as they were. The drive does not write; destroy it by hand.`,
    );
}
