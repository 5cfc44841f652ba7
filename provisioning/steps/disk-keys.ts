/** The ways into the disk: the board's seal, a person's recovery key, and none besides. */
import type { Config } from '../config.ts';
import { type Facts, hasSlot, headerOf, type SlotFacts } from '../facts/facts.ts';
import { diskOf, type Step } from './step.ts';

export const diskSealStep: Step = {
  id: 'disk-seal',
  title: 'Bind its key to this board',
  why: 'It opens at boot without a person, on this board with its own boot chain, and nowhere else.',
  isWanted: ({ disk }) => disk.unlock !== 'passphrase',
  holds: (facts, config) => sealOf(facts, config) !== undefined,
  // An unfinished disk is formatted again: its old seal answers nothing about the new one.
  refuses: (facts, config) =>
    headerOf(facts)?.mark === 'kept' && sealOf(facts, config) ? null : refusal(facts, config),
  seen: (facts, config) => {
    const seal = sealOf(facts, config);
    if (!seal) return 'No slot is sealed as the settings ask.';
    const { pcrs = [], signedPcrs = [] } = seal.policy ?? {};
    return `Slot ${seal.id} is sealed (${seal.kind}${pcrs.length ? `, PCR ${pcrs.join('+')}` : ''}${signedPcrs.length ? `, signed PCR ${signedPcrs.join('+')}` : ''}).`;
  },
  apply: ({ world, facts, config }) => world.seal(diskOf(facts), config),
};

function sealOf(facts: Facts, { disk }: Config): SlotFacts | undefined {
  return headerOf(facts)?.slots.find(
    ({ kind, policy }) =>
      kind === disk.unlock &&
      (kind !== 'tpm2' ||
        (sameSet(policy?.pcrs, disk.pcrs) && sameSet(policy?.signedPcrs, disk.signed_pcrs))),
  );
}

function refusal({ tpm, programs }: Facts, { disk }: Config): string | null {
  if (disk.unlock !== 'tpm2') return null;
  const other =
    'set disk.unlock to "jetson" (a Jetson with encrypted rootfs keys) or "passphrase" (a person at every boot).';
  if (!tpm) return `This board shows no TPM 2.0. Switch it on in the firmware, or ${other}`;
  if (tpm.version !== 2) return `This board’s TPM is of version 1.2, which can’t hold this seal; ${other}`;
  if (tpm.sha256Bank === false)
    return 'This TPM keeps no SHA-256 measurements. Switch its SHA-256 bank on in the firmware.';
  if (programs.systemd !== null && programs.systemd < 251)
    return `systemd ${programs.systemd} can’t seal as the settings ask; it takes 251 or newer (JetPack 7). Or ${other}`;
  return null;
}

export const diskRecoveryStep: Step = {
  id: 'disk-recovery',
  title: 'Give its recovery key to a person',
  why: 'When the board dies, this key alone opens the disk. It is shown once, and kept nowhere here.',
  holds: (facts) => headerOf(facts)?.recoveryKept ?? false,
  seen: (facts) =>
    hasSlot(headerOf(facts), 'recovery')
      ? `There is a recovery key, ${headerOf(facts)?.recoveryKept ? 'kept by a person' : 'which nobody has said to have kept'}.`
      : 'There is no recovery key.',
  async apply({ world, facts, person, signal }) {
    const disk = diskOf(facts);
    // One that was shown before a cut may have been seen by somebody, written down by nobody: a new one replaces it.
    await person.keep(await world.replaceRecovery(disk), signal);
    await world.markKept(disk);
  },
};

export const diskBootstrapStep: Step = {
  id: 'disk-bootstrap',
  title: 'Remove the key of this setup',
  why: 'From here on only the board and the recovery key open the disk.',
  holds: (facts) =>
    headerOf(facts) !== null && !hasSlot(headerOf(facts), 'bootstrap') && facts.bootstrapKeyFor === null,
  seen: (facts) =>
    hasSlot(headerOf(facts), 'bootstrap')
      ? 'The slot of the setup is still there.'
      : facts.bootstrapKeyFor
        ? 'The key of the setup is still in memory.'
        : 'The key of the setup is gone.',
  apply: ({ world, facts }) => world.removeBootstrap(diskOf(facts)),
};

export const bootEntriesStep: Step = {
  id: 'boot-entries',
  title: 'Open and mount it at every boot',
  why: 'The next boot needs no person; and one that can’t open the disk starts without data instead of without a word.',
  holds: ({ bootEntries }) => bootEntries === 'right' || bootEntries === 'not-kept',
  seen: ({ bootEntries }) =>
    ({
      right: 'The entries for the next boot are right.',
      other: 'The entries for the next boot are not as they should be.',
      absent: 'There are no entries for the next boot.',
      'not-kept': 'This system begins anew at every boot, and opens the disk by itself.',
    })[bootEntries],
  apply: ({ world, facts, config }) => world.writeBootEntries(facts, config),
};

const sameSet = (a: readonly number[] = [], b: readonly number[]): boolean =>
  a.length === b.length && b.every((one) => a.includes(one));
