/** `recovery-key`, `seal`, `passphrase`, `wipe` and `code`: what opens a device, made anew or destroyed. */
import { Refusal } from '@rockpool/protocol/refusal';
import { createSetupCode, hashSetupCode } from '@rockpool/signing/setup-code';
import type { Command } from 'commander';
import { killLuksSlot, mustBeVolume, opensWith, type Unlock } from '../disk/luks.ts';
import { normalise, setPassphrase } from '../disk/passphrase.ts';
import { enrolRecovery, markRecoveryKept, parseRecoveryKey } from '../disk/recovery.ts';
import { sealToTpm } from '../disk/seal.ts';
import { isName, planWipe, type WipeFacts, wipe, wipeRemainders } from '../disk/wipe.ts';
import type { Run } from '../exec.ts';
import { dataFolder, type Facts, headerOf, mapperName } from '../facts/facts.ts';
import { nameOf } from '../steps/step.ts';
import type { World } from '../world.ts';
import { type Doing, define, type Kit } from './kit.ts';
import { atConsole } from './person.ts';

export function keyCommands(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'recovery-key',
    summary: 'makes a new recovery key; the one before opens nothing any more',
    examples: ['npx rockpool-provision recovery-key'],
    async run(doing) {
      const { parts, signal, streams, out } = doing;
      const { path } = await finishedDisk(doing);
      const console = atConsole(streams);
      // The old one stays until the new one is kept: between the two somebody may leave with neither written down.
      const { key, slot } = await enrolRecovery(parts.run, path, await unlockBy(doing), { keepOld: true });
      await console.keep(key, signal);
      await replaceRecovery(doing, path, slot);
      out.result({ slot }, () => ['The new recovery key opens the disk, and the one before doesn’t.']);
      return undefined;
    },
  });

  define<{ recovery?: boolean }>(program, kit, {
    usage: 'seal',
    summary: 'binds the disk’s key to this board as it is now: before its firmware or keys change, or after',
    options: [['--recovery', 'asks for the recovery key, for when the board doesn’t open the disk any more']],
    examples: ['npx rockpool-provision seal', 'npx rockpool-provision seal --recovery'],
    async run(doing, { recovery }) {
      const { parts, config, out } = doing;
      if (config.disk.unlock !== 'tpm2')
        throw new Refusal(
          'conflict',
          'disk.unlock is not "tpm2" in the settings; there is no TPM to seal to.',
        );
      const { path } = await finishedDisk(doing);
      const policy = {
        ...{ pcrs: config.disk.pcrs, signedPcrs: config.disk.signed_pcrs },
        publicKeyFile: config.disk.pcr_public_key,
      };
      const slot = await sealToTpm(parts.run, path, recovery ? await askRecovery(doing) : 'tpm2', policy);
      parts.tellDisk(await parts.openWorld().look(config));
      out.result(slot, () => [`The disk’s key is sealed to this board as it is now (slot ${slot.id}).`]);
      return undefined;
    },
  });

  define(program, kit, {
    usage: 'passphrase',
    summary: 'sets a passphrase of your own for the disk of a board that has nothing to seal its key to',
    examples: ['npx rockpool-provision passphrase'],
    async run(doing) {
      const { parts, streams, signal, config, out } = doing;
      if (config.disk.unlock !== 'passphrase')
        throw new Refusal(
          'conflict',
          'disk.unlock is not "passphrase" in the settings: the board opens this disk, and what a person can type would be its weakest lock.',
        );
      const { disk, board } = await finished(doing);
      const unlock = await askRecovery(doing);
      if (!(await opensWith(parts.run, disk.path, unlock)))
        throw new Refusal('wrong-code', 'This is a recovery key, and not of this disk.');
      const console = atConsole(streams);
      const chosen = normalise(await console.askBlind('The new passphrase: ', signal));
      if (normalise(await console.askBlind('Once more: ', signal)) !== chosen)
        throw new Refusal('bad-request', 'The two are not the same; nothing was changed.');
      const slot = await setPassphrase(parts.run, disk.path, unlock, chosen, board);
      parts.tellDisk(await parts.openWorld().look(config));
      out.result({ slot }, () => ['The passphrase opens the disk; so does the recovery key, as before.']);
      return undefined;
    },
  });

  define<{ clearTpm?: boolean }>(program, kit, {
    usage: 'wipe',
    summary: 'for a device that leaves: destroys every key of its disk; nothing opens it afterwards',
    options: [
      [
        '--clear-tpm',
        'also clears the TPM’s owner hierarchy; whatever other systems keep under it on this board is lost too',
      ],
    ],
    examples: ['npx rockpool-provision wipe', 'npx rockpool-provision wipe --clear-tpm'],
    async run(doing, { clearTpm = false }) {
      const { parts, signal, streams, config, out } = doing;
      const world = parts.openWorld();
      const facts = await world.look(config);
      const name = facts.device?.name ?? nameOf(facts, config);
      const what = wipeFacts(facts, name, clearTpm);
      for (const { says } of planWipe(what)) out.note(`- ${says}`);
      if (facts.tpm && !clearTpm)
        out.note(
          'The TPM keeps its seed: with a copy of the header this board would open it. See --clear-tpm.',
        );
      const typed = await atConsole(streams).ask(
        `Type the device’s name (${what.name}) to do this: `,
        signal,
      );
      if (isName(typed, name)) await letGo(parts.run, world);
      const left = wipeFacts(await world.look(config), name, clearTpm);
      const seen = await wipe(parts.run, left, typed);
      out.result({ seen, remains: wipeRemainders }, () => [...seen, ...wipeRemainders]);
      return undefined;
    },
  });

  define(program, kit, {
    usage: 'code',
    summary: 'makes a code for a label, and its hash for setup.code_hash',
    examples: ['npx rockpool-provision code --config provisioning.toml'],
    async run({ out }) {
      const code = createSetupCode();
      const hash = await hashSetupCode(code);
      out.result({ code, hash }, () => [
        `For the label:     ${code}`,
        `For the settings:  code_hash = "${hash}"`,
      ]);
      return undefined;
    },
  });
}

async function finished({
  parts,
  config,
}: Doing): Promise<{ disk: NonNullable<Facts['disk']>; board: Facts['board'] }> {
  const facts = await parts.openWorld().look(config);
  const { disk, board } = facts;
  if (!disk || headerOf(facts)?.mark !== 'kept')
    throw new Refusal('conflict', 'This device is not set up yet. Run `rockpool-provision apply`.');
  return { disk, board };
}

const finishedDisk = async (doing: Doing): Promise<NonNullable<Facts['disk']>> =>
  (await finished(doing)).disk;

const unlockBy = (doing: Doing): Promise<Unlock> =>
  doing.config.disk.unlock === 'tpm2' ? Promise.resolve('tpm2') : askRecovery(doing);

async function askRecovery({ streams, signal }: Doing): Promise<Exclude<Unlock, string>> {
  return {
    key: parseRecoveryKey(await atConsole(streams).ask('The recovery key, as words or letters: ', signal)),
  };
}

async function replaceRecovery({ parts: { run, now } }: Doing, path: string, slot: number): Promise<void> {
  await markRecoveryKept(run, path, new Date(now()), slot);
  const { slots } = await mustBeVolume(path);
  for (const { id } of slots.filter(({ id, kind }) => kind === 'recovery' && id !== slot))
    await killLuksSlot(run, path, id);
}

/** What runs on the volume: it ends first, sockets before what they would start again. */
const onVolume = [
  ...['rockpool-agent.socket', 'rockpool-redirect.socket', 'rockpool-model.socket'],
  ...['rockpool-renew.timer', 'rockpool-updater.timer', 'rockpool.target', 'rockpool-nginx.service'],
  ...[
    'rockpool-agent.service',
    'rockpool-model.service',
    'rockpool-renew.service',
    'rockpool-updater.service',
  ],
];

/** Whatever could not be stopped shows when the volume is unmounted. */
async function letGo(run: Run, world: Pick<World, 'close'>): Promise<void> {
  await run('systemctl', ['stop', ...onVolume]);
  await world.close();
}

function wipeFacts({ disk, volume, mounted, tpm }: Facts, name: string, clearTpm: boolean): WipeFacts {
  if (!disk) throw new Refusal('not-found', 'There is no data partition to be wiped. Check disk.data.');
  if (clearTpm && !tpm)
    throw new Refusal('not-found', 'This board shows no TPM that could be cleared. Leave --clear-tpm out.');
  const { content } = disk;
  return {
    ...{ device: disk.path, name, discards: disk.discards },
    openAs: volume ? mapperName : null,
    mountedAt: mounted && mounted.device === volume?.device ? dataFolder : null,
    header: content.kind !== 'luks2' ? 'none' : content.header.whole ? 'good' : 'damaged',
    // Other systems on this board may keep keys under the same seed.
    tpm: clearTpm && tpm ? `device:${tpm.device}` : null,
  };
}
