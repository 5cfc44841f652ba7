/** LUKS2 by cryptsetup: the one file that runs it. Keys go in by standard input, never as an argument or a file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ran, Run, RunOptions } from '../exec.ts';
import type { Cipher, Stretching } from './cost.ts';
import { DiskError, type DiskErrorCode } from './disk-error.ts';
import { type HeaderReport, readLuksHeader } from './luks-header.ts';
import {
  bootstrapSlot,
  LuksMetadata,
  markOf,
  ourLabel,
  ourSubsystem,
  type Slot,
  slotsOf,
  waysIn,
} from './luks-metadata.ts';

/**
 * What opens a slot: text, byte for byte as it is. `tpm2`: what the board's TPM gives, by the token that systemd wrote
 * (its plugin for cryptsetup does it: package `systemd` on Debian 12 and Ubuntu 24.04, `systemd-cryptsetup` on Debian 13).
 */
export type Unlock = { key: string } | 'tpm2';

/** All that a disk shows without being opened. */
export interface Volume {
  uuid: string;
  label: string;
  cipher: string;
  keyBits: number;
  sectorBytes: number;
  slots: readonly Slot[];
  mark: 'unfinished' | 'kept' | 'foreign';
  header: HeaderReport;
  metadata: LuksMetadata;
}

/** A key of 256 random bits, as text: programs of systemd take keys by the environment, where no NUL can stand. */
export const makeKey = (): string => randomBytes(32).toString('hex');

/**
 * From the header's bytes alone, and without cryptsetup: so that looking at a damaged header doesn't change it.
 * @returns null when there is no LUKS2, or nothing whole is left of it: `readLuksHeader` tells which
 */
export async function readVolume(device: string): Promise<Volume | null> {
  const header = await readLuksHeader(device);
  if (!header.fields) return null;
  const { uuid, label, subsystem, json } = header.fields;
  const metadata = LuksMetadata.parse(json);
  const segment = Object.values(metadata.segments)[0];
  return {
    ...{ uuid, label, header, metadata },
    cipher: segment?.encryption ?? '',
    keyBits: (Object.values(metadata.keyslots)[0]?.key_size ?? 0) * 8,
    sectorBytes: segment?.sector_size ?? 0,
    slots: slotsOf(metadata),
    mark: markOf(label, subsystem, metadata),
  };
}

/**
 * A new header over whatever was there, its one slot the key of the setup. One write makes it ours: label, subsystem
 * and slot number are part of it.
 */
export async function formatLuks(
  run: Run,
  device: string,
  {
    key,
    cipher,
    stretching = { kind: 'random-key' },
  }: { key: string; cipher: Cipher; stretching?: Stretching },
): Promise<Volume> {
  await cryptsetup(
    run,
    [
      ...['luksFormat', '--batch-mode', '--type', 'luks2'],
      ...['--cipher', cipher.name, '--key-size', String(cipher.keyBits)],
      ...['--sector-size', String(cipher.sectorBytes), '--hash', 'sha256'],
      ...['--label', ourLabel, '--subsystem', ourSubsystem],
      ...['--key-slot', String(bootstrapSlot), ...stretched(stretching), '--key-file', '-', device],
    ],
    { input: key, timeoutMs: longMs },
  );
  const volume = await readVolume(device);
  const isAsAsked =
    volume?.header.state === 'good' &&
    volume.mark === 'unfinished' &&
    volume.cipher === cipher.name &&
    volume.keyBits === cipher.keyBits &&
    volume.sectorBytes === cipher.sectorBytes &&
    (await opensWith(run, device, key, bootstrapSlot));
  if (!isAsAsked)
    throw new DiskError(
      'not-as-asked',
      `${device} was formatted and does not show what was asked for. Check the drive.`,
    );
  return volume;
}

/** @throws DiskError `wrong-key` */
export async function openLuks(
  run: Run,
  device: string,
  name: string,
  unlock: Unlock,
  { discards = false }: { discards?: boolean } = {},
): Promise<void> {
  const by = unlocking(unlock);
  await cryptsetup(
    run,
    ['open', '--type', 'luks2', ...by.args, ...(discards ? ['--allow-discards'] : []), device, name],
    { ...by.options, timeoutMs: longMs },
  );
}

/** @throws DiskError `busy` when something on it is in use */
export async function closeLuks(run: Run, name: string): Promise<void> {
  await cryptsetup(run, ['close', name]);
}

/** By trying: nothing is opened. With a slot, that one alone. */
export async function opensWith(
  run: Run,
  device: string,
  unlock: string | Unlock,
  slot?: number,
): Promise<boolean> {
  const by = unlocking(
    typeof unlock === 'string' && unlock !== 'tpm2' ? { key: unlock } : (unlock as Unlock),
  );
  const only = slot === undefined ? [] : ['--key-slot', String(slot)];
  const ran = await run(
    'cryptsetup',
    ['open', '--test-passphrase', '--type', 'luks2', ...by.args, ...only, device],
    { ...by.options, timeoutMs: longMs },
  );
  if (ran.code === 0) return true;
  // By a token cryptsetup answers 1 for "it doesn't unseal", and 1 for wrong arguments as well; ours are tested.
  if (ran.code === 2 || (unlock === 'tpm2' && ran.code === 1)) return false;
  if (/No usable keyslot is available/.test(ran.stderr)) return false;
  throw refused(ran, 'open', device);
}

/**
 * @returns the new slot
 * @throws DiskError `wrong-key`
 */
export async function addLuksKey(
  run: Run,
  device: string,
  unlock: Unlock,
  newKey: string,
  { stretching, slot }: { stretching: Stretching; slot?: number },
): Promise<number> {
  const before = await slotIds(device);
  const into = slot === undefined ? [] : ['--key-slot', String(slot)];
  const shared = ['luksAddKey', '--batch-mode', ...stretched(stretching), ...into];
  const byKey = typeof unlock === 'object';
  await cryptsetup(
    run,
    byKey
      ? // Both keys by one input: the first is as long as it says, the rest is the second.
        [
          ...shared,
          ...noTokens,
          '--key-file',
          '-',
          '--keyfile-size',
          String(Buffer.byteLength(unlock.key)),
          device,
          '-',
        ]
      : [...shared, '--token-only', '--token-type', 'systemd-tpm2', device, '-'],
    { input: byKey ? unlock.key + newKey : newKey, timeoutMs: longMs },
  );
  const [added, ...others] = [...(await slotIds(device))].filter((id) => !before.has(id));
  if (added === undefined || others.length > 0 || !(await opensWith(run, device, newKey, added)))
    throw new DiskError(
      'not-as-asked',
      `A key was added to ${device} and does not open it. Try again; then check the drive.`,
    );
  return added;
}

/** @throws DiskError `last-way-in` when nothing that lasts would open the disk afterwards */
export async function killLuksSlot(run: Run, device: string, slot: number): Promise<void> {
  const { metadata, mark } = await mustBeVolume(device);
  if (mark === 'kept' && !waysIn(metadata).some(({ id }) => id !== slot))
    throw new DiskError(
      'last-way-in',
      `Slot ${slot} is the last that opens ${device}. Add a recovery key first.`,
    );
  await cryptsetup(run, ['luksKillSlot', '--batch-mode', device, String(slot)]);
  if ((await slotIds(device)).has(slot))
    throw new DiskError(
      'not-as-asked',
      `Slot ${slot} of ${device} was to be destroyed and is still there. Check the drive.`,
    );
}

/**
 * A key for the length of one deed, for programs that take none from the TPM. Nobody ever sees it; when power is
 * cut, its slot is left behind, opens for nobody, and is known by its number.
 */
export async function withPassingKey<T>(
  run: Run,
  device: string,
  unlock: Unlock,
  deed: (key: string) => Promise<T>,
): Promise<T> {
  if (typeof unlock === 'object') return deed(unlock.key);
  if ((await slotIds(device)).has(bootstrapSlot)) await killLuksSlot(run, device, bootstrapSlot);
  const key = makeKey();
  await addLuksKey(run, device, unlock, key, { stretching: { kind: 'random-key' }, slot: bootstrapSlot });
  try {
    return await deed(key);
  } finally {
    await killLuksSlot(run, device, bootstrapSlot);
  }
}

/** @param id left out: a free one; given: in place of what is there */
export async function saveToken(
  run: Run,
  device: string,
  token: { type: string; keyslots: string[] } & Record<string, unknown>,
  id?: number,
): Promise<void> {
  const at = id === undefined ? [] : ['--token-id', String(id), '--token-replace'];
  await cryptsetup(run, ['token', 'import', ...at, '--json-file', '-', device], {
    input: JSON.stringify(token),
  });
}

/** Everything that opens it, gone for good: the data is noise from here on, unless a copy of the header exists. */
export async function eraseLuks(run: Run, device: string): Promise<void> {
  await cryptsetup(run, ['erase', '--batch-mode', device]);
  if ((await mustBeVolume(device)).slots.length > 0)
    throw new DiskError(
      'not-as-asked',
      `The slots of ${device} were to be destroyed and are still there. Check the drive.`,
    );
}

/** Writes the whole copy over the damaged one. @throws DiskError `header-damaged` when there is no whole one */
export async function repairLuks(run: Run, device: string): Promise<HeaderReport> {
  const before = await readLuksHeader(device);
  if (before.state === 'good') return before;
  if (before.state !== 'damaged')
    throw new DiskError('header-damaged', `${before.says} ${before.cure ?? ''}`.trim());
  await cryptsetup(run, ['repair', '--batch-mode', device]);
  const after = await readLuksHeader(device);
  if (after.state !== 'good')
    throw new DiskError('header-damaged', `${device} could not be repaired. ${after.cure ?? ''}`.trim());
  return after;
}

/** The header and all slots, as cryptsetup writes it to a file. @param memoryFolder on a tmpfs: a header belongs on no other disk */
export async function readHeaderBackup(run: Run, device: string, memoryFolder: string): Promise<Buffer> {
  return inFolder(memoryFolder, async (file) => {
    await cryptsetup(run, ['luksHeaderBackup', '--batch-mode', device, '--header-backup-file', file]);
    return readFile(file);
  });
}

/** Over the header that is there: every slot that was made or destroyed since the backup is as it was then. */
export async function writeHeaderBackup(
  run: Run,
  device: string,
  backup: Uint8Array,
  memoryFolder: string,
): Promise<void> {
  await inFolder(memoryFolder, async (file) => {
    await writeFile(file, backup, { mode: 0o600 });
    await cryptsetup(run, ['luksHeaderRestore', '--batch-mode', device, '--header-backup-file', file]);
  });
}

async function inFolder<T>(folder: string, deed: (file: string) => Promise<T>): Promise<T> {
  const own = await mkdtemp(join(folder, 'header-'));
  try {
    return await deed(join(own, 'backup'));
  } finally {
    await rm(own, { recursive: true });
  }
}

export async function mustBeVolume(device: string): Promise<Volume> {
  const volume = await readVolume(device);
  if (!volume)
    throw new DiskError(
      'not-luks',
      `There is no LUKS2 on ${device} that could be read. Check which disk is meant.`,
    );
  return volume;
}

const slotIds = async (device: string): Promise<Set<number>> =>
  new Set((await mustBeVolume(device)).slots.map(({ id }) => id));

/** A slot of 1 GiB takes seconds on a board, and a minute on one that is busy. */
const longMs = 300_000;

/** Without this a wrong key "opens" every disk whose TPM is there: cryptsetup tries the tokens first. */
const noTokens = ['--disable-external-tokens'];

const unlocking = (unlock: Unlock): { args: string[]; options: RunOptions } =>
  typeof unlock === 'object'
    ? { args: [...noTokens, '--key-file', '-'], options: { input: unlock.key } }
    : { args: ['--token-only', '--token-type', 'systemd-tpm2'], options: {} };

const stretched = (stretching: Stretching): string[] =>
  stretching.kind === 'random-key'
    ? ['--pbkdf', 'pbkdf2', '--hash', 'sha256', '--pbkdf-force-iterations', '1000']
    : [
        ...['--pbkdf', 'argon2id', '--pbkdf-memory', String(stretching.memoryKiB)],
        ...[
          '--pbkdf-force-iterations',
          String(stretching.passes),
          '--pbkdf-parallel',
          String(stretching.lanes),
        ],
      ];

/** cryptsetup(8), RETURN CODES. */
const codes: Record<number, DiskErrorCode> = {
  2: 'wrong-key',
  3: 'out-of-memory',
  4: 'device-missing',
  5: 'busy',
};

const cures: Partial<Record<DiskErrorCode, string>> = {
  'wrong-key': 'This key opens no slot; compare it with what was written down.',
  'out-of-memory':
    'There is too little memory for this slot; stop the model and try again, or use the recovery key.',
  'device-missing': 'Check its name, and that it is plugged in.',
  busy: 'It is open or mounted; stop what uses it and close it.',
};

async function cryptsetup(run: Run, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run('cryptsetup', args, options);
  if (ran.code !== 0) throw refused(ran, args[0] ?? '', args.at(-1) ?? '');
  return ran;
}

function refused(ran: Ran, verb: string, device: string): DiskError {
  const says = ran.stderr.trim().split('\n').filter(Boolean).join(' ');
  const code = codes[ran.code] ?? (/is not a valid LUKS device/.test(says) ? 'not-luks' : 'failed');
  return new DiskError(
    code,
    `cryptsetup ${verb} ${device}: ${says || `ended with ${ran.code}.`} ${cures[code] ?? ''}`.trim(),
  );
}
