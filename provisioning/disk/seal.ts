/**
 * The disk's key under the board's TPM 2.0, by systemd-cryptenroll.
 *
 * What the TPM demands before it gives the key: PCR 7 as it is now (which keys the firmware trusts, and whether it asks
 * for signatures at all) and, where releases are unified kernel images, PCR 11 as the release key signs it (kernel,
 * initrd and command line of one release of ours). PCR 7 alone takes any system that the firmware's owner signed;
 * PCR 11 literally would lock the device out at every update; a signature over its values lets each release of ours in,
 * and no other. PCRs 0–6 change with firmware options, cables and sticks, and say nothing that these two don't.
 *
 * Against a thief with the disk: nothing opens. With the whole board: it boots into our own system, which asks for a
 * sign-in; another system, a changed command line, or Secure Boot switched off gets nothing. With Secure Boot off from the
 * start PCR 7 says "off" to every system alike: then the signed PCR 11 alone keeps others out. Not held off: someone
 * who reads the wires between a discrete TPM and the processor (systemd encrypts that session, which stops listening
 * and not replacing), who freezes the memory of a running board, or who finds a hole in our system after it has
 * booted. A PIN would hold these off and cost a person at every boot; a branch office at night has none, so there is none.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../exec.ts';
import { DiskError } from './disk-error.ts';
import { killLuksSlot, mustBeVolume, opensWith, type Unlock, withPassingKey } from './luks.ts';
import { type Slot, slotsOf } from './luks-metadata.ts';

export interface SealPolicy {
  /** Literal values of now. */
  pcrs: readonly number[];
  /** Whatever the release key has signed. */
  signedPcrs: readonly number[];
  /** PEM file of that key; needed with `signedPcrs`. */
  publicKeyFile?: string | undefined;
}

/**
 * PCRs that a policy may not rest on, because nothing was ever measured into them: they are the same on every board.
 * @param folder the kernel's; files named by number
 */
export async function unmeasured(
  pcrs: readonly number[],
  folder = '/sys/class/tpm/tpm0/pcr-sha256',
): Promise<number[]> {
  const read = async (pcr: number): Promise<string> =>
    (await readFile(join(folder, String(pcr)), 'utf8')).trim();
  const values = await Promise.all(pcrs.map(async (pcr) => ({ pcr, value: await read(pcr) })));
  return values.filter(({ value }) => /^(?:0+|f+)$/i.test(value)).map(({ pcr }) => pcr);
}

/**
 * Binds a slot to the TPM under the policy, as the TPM is now; the same again changes nothing. One that was bound
 * before goes only when the new one opens the disk: so it is also how to seal anew after the firmware or its keys
 * changed. Before such a change, ask with `unlock` 'tpm2'; after it, with the recovery key.
 */
export async function sealToTpm(
  run: Run,
  device: string,
  unlock: Unlock,
  policy: SealPolicy,
  tpm = 'auto',
): Promise<Slot> {
  if (tpm === 'auto' && !(await enduresOutages(run))) await endureOutages(run);
  return withPassingKey(run, device, unlock, async (key) => {
    await dropDeadSeals(run, device);
    const ran = await run('systemd-cryptenroll', [...enrolment(policy), `--tpm2-device=${tpm}`, device], {
      // The key is 64 random digits or the recovery key; of a process' environment only root reads.
      env: { PASSWORD: key },
      timeoutMs: 300_000,
    });
    if (ran.code !== 0) throw new DiskError('not-sealed', notSealed(ran.stderr));
    const sealed = slotsOf((await mustBeVolume(device)).metadata).filter(({ kind }) => kind === 'tpm2');
    const [slot] = sealed;
    if (/PCR policy (?:is )?effectively (?:unenforced|not enforced)/.test(ran.stderr)) {
      if (slot) await killLuksSlot(run, device, slot.id);
      throw new DiskError(
        'not-sealed',
        `The firmware of this board measures nothing into PCR ${policy.pcrs.join('+')}, so that any system could ask for the key. Switch measured boot on, or choose other PCRs.`,
      );
    }
    if (!slot || sealed.length !== 1 || !isAsAsked(slot, policy))
      throw new DiskError(
        'not-as-asked',
        'The key was sealed under another policy than was asked for. Look into /etc/systemd and /run/systemd for a PCR key or a pcrlock policy of another owner.',
      );
    if (!(await opensWith(run, device, 'tpm2', slot.id)))
      throw new DiskError(
        'not-as-asked',
        policy.signedPcrs.length > 0
          ? 'The key was sealed, and the disk does not open by it: the running system brings no signature of its PCR values by the release key. Boot a signed release, then try again.'
          : 'The key was sealed, and the disk does not open by it. Check that the TPM plugin of cryptsetup is installed (systemd-cryptsetup).',
      );
    return slot;
  });
}

/** More power cuts in a row than any office has; each is forgotten after a minute. */
const outages = { tries: 1000, forgottenS: 60, lockoutS: 600 };

/**
 * TPMs take a loss of power for a guess at a password, and after a few (3 on some, forgotten after 17 minutes each) give
 * no key to anybody: the third power cut of a stormy morning would lock an office out of its device (systemd 252
 * and 255; not 257). There is no password in our policy whose guessing would have to be slowed, so the count may be high.
 * @param tcti for tpm2-tools, as `device:/dev/tpmrm0`
 */
export async function endureOutages(run: Run, tcti = 'device:/dev/tpmrm0'): Promise<void> {
  const { tries, forgottenS, lockoutS } = outages;
  const limits = [
    `--max-tries=${tries}`,
    `--recovery-time=${forgottenS}`,
    `--lockout-recovery-time=${lockoutS}`,
  ];
  const ran = await run('tpm2_dictionarylockout', [
    '-T',
    tcti,
    '--setup-parameters',
    ...limits,
    '--clear-lockout',
  ]);
  if (ran.code !== 0 || !(await enduresOutages(run, tcti)))
    throw new DiskError(
      'not-sealed',
      `The TPM keeps its lockout of few tries (${ran.stderr.trim().split('\n').at(-1)}). It has another owner: clear it in the firmware's menu, then try again.`,
    );
}

/** By what the TPM says of itself. */
export async function enduresOutages(run: Run, tcti = 'device:/dev/tpmrm0'): Promise<boolean> {
  const { stdout } = await run('tpm2_getcap', ['-T', tcti, 'properties-variable']);
  const value = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(0x[0-9A-F]+)`, 'm').exec(stdout)?.[1] ?? Number.NaN);
  return (
    value('TPM2_PT_MAX_AUTH_FAIL') >= outages.tries && value('TPM2_PT_LOCKOUT_INTERVAL') <= outages.forgottenS
  );
}

/** Bound to a TPM that was cleared or replaced: systemd takes its like for "already enrolled" and would do nothing. */
export async function dropDeadSeals(run: Run, device: string): Promise<void> {
  const { metadata } = await mustBeVolume(device);
  for (const { id } of slotsOf(metadata).filter(({ kind }) => kind === 'tpm2')) {
    if (!(await opensWith(run, device, 'tpm2', id))) await killLuksSlot(run, device, id);
  }
}

/** Enrols first and wipes afterwards: systemd-cryptenroll(1), `--wipe-slot=`. An empty list is said, for leaving it out means PCR 7. */
const enrolment = ({ pcrs, signedPcrs, publicKeyFile }: SealPolicy): string[] => [
  '--wipe-slot=tpm2',
  `--tpm2-pcrs=${pcrs.join('+')}`,
  `--tpm2-public-key-pcrs=${signedPcrs.join('+')}`,
  ...(signedPcrs.length > 0 && publicKeyFile ? [`--tpm2-public-key=${publicKeyFile}`] : []),
];

function isAsAsked({ policy }: Slot, asked: SealPolicy): boolean {
  return (
    policy !== null &&
    !policy.pin &&
    same(policy.pcrs, asked.pcrs) &&
    same(policy.signedPcrs, asked.signedPcrs)
  );
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && b.every((one) => a.includes(one));

function notSealed(stderr: string): string {
  const says = stderr.trim().split('\n').at(-1) ?? '';
  if (/TPM2 support is not (?:installed|compiled)|libtss2/.test(stderr))
    return `The TPM libraries are missing (${says}). Install libtss2-esys, libtss2-rc and libtss2-tcti-device.`;
  if (/lockout/i.test(stderr))
    return `The TPM has locked itself after wrong tries (${says}). Leave it powered for a while, then try again.`;
  return `The TPM did not take the key: ${says || 'no reason was given'}. Check that it is switched on in the firmware and owned by nobody else.`;
}
