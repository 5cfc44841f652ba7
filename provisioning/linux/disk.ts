/** The verbs on the disk, by cryptsetup, systemd-cryptenroll, mkfs and mount. */
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { fstabLine } from '../disk/boot-entries.ts';
import { chooseCipher } from '../disk/cost.ts';
import { DiskError } from '../disk/disk-error.ts';
import { isFused, openByJetson, sealToJetson } from '../disk/jetson.ts';
import {
  closeLuks,
  formatLuks,
  killLuksSlot,
  makeKey,
  mustBeVolume,
  openLuks,
  type Unlock,
} from '../disk/luks.ts';
import { bootstrapSlot } from '../disk/luks-metadata.ts';
import { enrolRecovery, markRecoveryKept } from '../disk/recovery.ts';
import { sealToTpm } from '../disk/seal.ts';
import type { Run } from '../exec.ts';
import { formattingMark, markOffset } from '../facts/content.ts';
import { dataFolder, type EncryptedVolume, type Facts, hostKeyPath, mapperName } from '../facts/facts.ts';
import type { World } from '../world.ts';
import type { Memory } from './memory.ts';
import { must } from './must.ts';

type DiskVerbs = Pick<
  World,
  | 'close'
  | 'format'
  | 'open'
  | 'makeFilesystem'
  | 'mount'
  | 'seal'
  | 'replaceRecovery'
  | 'markKept'
  | 'removeBootstrap'
>;

export interface DiskParts {
  run: Run;
  memory: Memory;
  now(): number;
  /** What is mounted and open, as the kernel says it at this moment. */
  state(): Promise<Pick<Facts, 'volume' | 'mounted' | 'hostKeyOnVolume'>>;
  /** Who owns the agent's folder. */
  agentOwner(): { uid: number; gid: number };
}

const mapper = `/dev/mapper/${mapperName}`;

export function diskVerbs({ run, memory, now, state, agentOwner }: DiskParts): DiskVerbs {
  /** The setup's own key while there is one; the board's afterwards. */
  const unlockFor = (uuid: string): Unlock => {
    const bootstrap = memory.bootstrap();
    return bootstrap?.uuid === uuid ? { key: bootstrap.key } : 'tpm2';
  };
  const unlockOf = async (path: string): Promise<Unlock> => unlockFor((await mustBeVolume(path)).uuid);

  return {
    async close() {
      const { volume, mounted, hostKeyOnVolume } = await state();
      if (hostKeyOnVolume) await must(run, 'umount', [hostKeyPath]);
      if (mounted) await must(run, 'umount', [dataFolder]);
      if (volume) await closeLuks(run, mapperName);
      memory.forgetBootstrap();
    },

    async format({ path }, board) {
      await writeMark(path, formattingMark);
      const key = makeKey();
      const { uuid } = await formatLuks(run, path, { key, cipher: chooseCipher(board) });
      memory.keepBootstrap({ uuid, key });
      // The header tells it from here on; nothing readable stays behind it.
      await writeMark(path, Buffer.alloc(formattingMark.length));
      await must(run, 'udevadm', ['settle', '--timeout=30']);
    },

    async open({ path, discards }, { uuid }, { disk }) {
      const unlock = unlockFor(uuid);
      if (unlock === 'tpm2' && disk.unlock === 'passphrase')
        throw new Refusal('conflict', 'A person opens this disk: enter its passphrase or recovery key.');
      try {
        if (unlock === 'tpm2' && disk.unlock === 'jetson')
          await openByJetson(run, path, mapperName, { discards });
        else await openLuks(run, path, mapperName, unlock, { discards });
      } catch (cause) {
        if (!(cause instanceof DiskError)) throw cause;
        throw new Refusal(
          'conflict',
          `This board does not open its disk: ${cause.message} If the disk, the board or its firmware was changed on purpose, enter the recovery key; if nobody changed anything, somebody else may have.`,
          { cause },
        );
      }
      await must(run, 'udevadm', ['settle', '--timeout=30']);
    },

    // Their argument is the proof that what they write to is encrypted.
    async makeFilesystem(_volume: EncryptedVolume) {
      await must(run, 'mkfs.ext4', ['-q', '-F', '-L', mapperName, mapper], { timeoutMs: 600_000 });
      await must(run, 'udevadm', ['settle', '--timeout=30']);
    },

    async mount(_volume: EncryptedVolume) {
      const { mounted, hostKeyOnVolume } = await state();
      mkdirSync(dataFolder, { recursive: true, mode: 0o755 });
      if (!mounted) await must(run, 'mount', ['-t', 'ext4', '-o', mountOptions, mapper, dataFolder]);
      mkdirSync(`${dataFolder}/device`, { recursive: true, mode: 0o755 });
      mkdirSync(`${dataFolder}/agent`, { recursive: true, mode: 0o700 });
      const { uid, gid } = agentOwner();
      chownSync(`${dataFolder}/agent`, uid, gid);
      if (!hostKeyOnVolume) await bindHostKey(run);
    },

    async seal({ path }, { disk }) {
      const unlock = await unlockOf(path);
      if (disk.unlock === 'tpm2') {
        const policy = { pcrs: disk.pcrs, signedPcrs: disk.signed_pcrs, publicKeyFile: disk.pcr_public_key };
        await sealToTpm(run, path, unlock, policy);
      } else {
        // Only a fuse that says so: a kernel that shows none leaves it open whether the key is everybody's.
        if ((await isFused()) !== true)
          throw new Refusal(
            'conflict',
            'No fuse of this board says that it is burnt, so everybody may know the key that its passphrase comes from. Burn the fuses (on a Jetson), or set disk.unlock to "passphrase".',
          );
        await sealToJetson(run, path, unlock);
      }
    },

    replaceRecovery: async ({ path }) => (await enrolRecovery(run, path, await unlockOf(path))).key,
    markKept: ({ path }) => markRecoveryKept(run, path, new Date(now())),

    async removeBootstrap({ path }) {
      const { slots } = await mustBeVolume(path);
      if (slots.some(({ id }) => id === bootstrapSlot)) await killLuksSlot(run, path, bootstrapSlot);
      memory.forgetBootstrap();
    },
  };
}

/**
 * systemd makes a key for credentials where its own files lie, which is the system's disk, in plain. On the volume it
 * goes with the disk's key, and outlives an update of the system.
 */
export async function bindHostKey(run: Run): Promise<void> {
  const onVolume = `${dataFolder}/device/credential.secret`;
  if (!existsSync(onVolume))
    await must(run, 'systemd-creds', ['setup'], { env: { SYSTEMD_CREDENTIAL_SECRET: onVolume } });
  mkdirSync(dirname(hostKeyPath), { recursive: true, mode: 0o755 });
  if (!existsSync(hostKeyPath)) writeFileSync(hostKeyPath, '', { mode: 0o400 });
  await must(run, 'mount', ['--bind', onVolume, hostKeyPath]);
}

/** As at every boot, less what only systemd understands. */
const mountOptions = (fstabLine({ unlock: 'tpm2' }).split(/\s+/)[3] ?? '')
  .split(',')
  .filter((option) => !option.startsWith('x-systemd') && !['nofail', 'noauto'].includes(option))
  .join(',');

async function writeMark(path: string, bytes: Buffer): Promise<void> {
  const disk = await open(path, 'r+');
  try {
    await disk.write(bytes, 0, bytes.length, markOffset);
    await disk.sync();
  } finally {
    await disk.close();
  }
}
