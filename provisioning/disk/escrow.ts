/**
 * A copy of the encryption header for the operator: when the first megabytes of a drive die, the data behind them is
 * whole and without it nobody can open it. It is sealed for a key that only the operator has; the controller that keeps it
 * can't read it.
 *
 * A header is a set of locks, not a key: with it one still needs the board's TPM or the recovery key. But an old copy keeps
 * the locks that were changed since. After a recovery key was seen by the wrong person, a new one is not enough:
 * the copies from before have to be destroyed as well.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Run } from '../exec.ts';
import { DiskError } from './disk-error.ts';
import { mustBeVolume, readHeaderBackup, readVolume, writeHeaderBackup } from './luks.ts';
import { examineHeader, type HeaderFields } from './luks-header.ts';
import { LuksMetadata } from './luks-metadata.ts';
import { makeBoxKeys, openSealed, sealFor } from './nacl-box.ts';

/** For the operator, once, away from any device: the public half goes into `provisioning.toml`. */
export const makeEscrowKeys = makeBoxKeys;

export interface Escrowed {
  /** sha256 of the plain copy, in hex. */
  digest: string;
  /** Base64: ephemeral key (32 bytes), nonce (24), box of the gzipped copy. */
  sealed: string;
}

/** @param publicKey the operator's X25519 key in base64 @param memoryFolder on a tmpfs */
export async function escrowHeader(
  run: Run,
  device: string,
  publicKey: string,
  memoryFolder: string,
): Promise<Escrowed> {
  const { header } = await mustBeVolume(device);
  // A backup of a damaged header would replace a good one at the operator's.
  if (header.state !== 'good')
    throw new DiskError('header-damaged', `${header.says} ${header.cure ?? ''}`.trim());
  const plain = withoutUnused(await readHeaderBackup(run, device, memoryFolder));
  const sealed = sealFor(keyOf(publicKey), await promisify(gzip)(plain));
  return { digest: digestOf(plain), sealed: sealed.toString('base64') };
}

/** Of the header as it is now: other than the escrowed one as soon as a slot or a token was changed. */
export async function headerDigest(run: Run, device: string, memoryFolder: string): Promise<string> {
  return digestOf(withoutUnused(await readHeaderBackup(run, device, memoryFolder)));
}

/** At the operator's. @throws DiskError `escrow-broken` */
export async function openEscrow(
  sealed: string,
  secretKey: string,
): Promise<{ backup: Buffer; uuid: string; digest: string }> {
  const zipped = openSealed(keyOf(secretKey), Buffer.from(sealed, 'base64'));
  if (zipped === null)
    throw new DiskError(
      'escrow-broken',
      'This copy is sealed for another escrow key, or it is not whole. Take the key that was in provisioning.toml then.',
    );
  const backup = await promisify(gunzip)(zipped, { maxOutputLength: 64 * 1024 * 1024 });
  const { uuid } = examineBackup(backup);
  return { backup, uuid, digest: digestOf(backup) };
}

/** @throws DiskError `escrow-broken` for bytes that are no whole header */
export function examineBackup(backup: Buffer): HeaderFields {
  const { fields } = examineHeader(backup);
  if (!fields)
    throw new DiskError('escrow-broken', 'This is no encryption header. Open the operator’s copy again.');
  return fields;
}

/**
 * On the device, or on a machine that has its drive. Where a header is left, it has to be of the same disk.
 * @throws DiskError `escrow-broken`
 */
export async function restoreHeader(
  run: Run,
  device: string,
  backup: Buffer,
  memoryFolder: string,
): Promise<void> {
  const fields = examineBackup(backup);
  const there = await readVolume(device);
  if (there && there.uuid !== fields.uuid)
    throw new DiskError(
      'escrow-broken',
      `This header is of disk ${fields.uuid}, and ${device} is ${there.uuid}. Take the copy of this disk.`,
    );
  await writeHeaderBackup(run, device, backup, memoryFolder);
  const after = await mustBeVolume(device);
  if (after.header.state !== 'good' || after.uuid !== fields.uuid)
    throw new DiskError(
      'header-damaged',
      `The header was written to ${device} and is not there. The drive is failing: copy it to another, and restore there.`,
    );
}

/** 16 MiB, of which a device uses one: the rest is noise that was written at format, or slots that were destroyed. */
function withoutUnused(backup: Buffer): Buffer {
  const { fields } = examineHeader(backup);
  if (!fields) throw new DiskError('header-damaged', 'cryptsetup wrote a backup that holds no header.');
  const kept = Buffer.alloc(backup.length);
  const keep = (from: number, length: number): number => backup.copy(kept, from, from, from + length);
  keep(0, fields.bytes * 2);
  for (const { area } of Object.values(LuksMetadata.parse(fields.json).keyslots))
    keep(Number(area.offset), Number(area.size));
  return kept;
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function keyOf(base64: string): Buffer {
  const key = Buffer.from(base64, 'base64');
  if (key.length !== 32)
    throw new DiskError(
      'escrow-broken',
      'An escrow key has 32 bytes in base64; this one has not. Copy it again.',
    );
  return key;
}
