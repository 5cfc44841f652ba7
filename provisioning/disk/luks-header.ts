/** The LUKS2 header as it lies on the disk, read by ourselves: cryptsetup mends a damaged copy without a word, and then nobody learns of it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DiskError } from './disk-error.ts';

/** LUKS2 On-Disk Format Specification 1.1, section 2: where the second copy may lie, by the size of the first. */
const secondaryOffsets = [0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000, 0x200000, 0x400000];
const binaryBytes = 4096;
const magics = {
  primary: Buffer.from('LUKS\xba\xbe', 'latin1'),
  secondary: Buffer.from('SKUL\xba\xbe', 'latin1'),
};
const checksumAt = { from: 448, bytes: 64 };

export type Place = 'primary' | 'secondary';

export interface HeaderCopy {
  place: Place;
  state: 'good' | 'damaged' | 'absent';
  /** Where it lies; null when it wasn't found. */
  offset: number | null;
  /** Grows with every change; the copy with the higher one is the newer. */
  sequence: bigint | null;
  /** Only of a good copy. */
  fields: HeaderFields | null;
}

export interface HeaderFields {
  uuid: string;
  label: string;
  subsystem: string;
  /** Of one copy: the binary part and the JSON after it. */
  bytes: number;
  json: unknown;
}

export interface HeaderReport {
  /**
   * `good`: both copies, of the same age; `damaged`: one is lost or older, the other serves; `lost`: it was LUKS2, and
   * no copy is whole; `none`: not LUKS2.
   */
  state: 'good' | 'damaged' | 'lost' | 'none';
  copies: readonly [HeaderCopy, HeaderCopy];
  /** Of the newest good copy. */
  fields: HeaderFields | null;
  says: string;
  cure: string | null;
}

/** Reads; changes nothing. */
export async function readLuksHeader(device: string): Promise<HeaderReport> {
  const file = await open(device, 'r').catch((cause: unknown) => {
    throw new DiskError(
      'device-missing',
      `${device} can't be read. Check its name and that it is plugged in.`,
      { cause },
    );
  });
  try {
    // Up to the last place of a second copy, and as long as one may be.
    const bytes = Buffer.alloc(0x800000);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return examineHeader(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** @param start the first 8 MiB of the device, or all of it where it is shorter */
export function examineHeader(start: Buffer): HeaderReport {
  const primary = examineCopy(start, 'primary', 0);
  const places = primary.fields ? [primary.fields.bytes] : secondaryOffsets;
  const found = places.map((offset) => examineCopy(start, 'secondary', offset));
  const secondary =
    found.find(({ state }) => state === 'good') ??
    found.find(({ state }) => state === 'damaged') ??
    examineCopy(Buffer.alloc(0), 'secondary', 0);
  return { copies: [primary, secondary], ...judge(primary, secondary) };
}

function examineCopy(start: Buffer, place: Place, offset: number): HeaderCopy {
  const head = start.subarray(offset, offset + binaryBytes);
  if (head.length < binaryBytes || !head.subarray(0, 6).equals(magics[place]))
    return { place, state: 'absent', offset: null, sequence: null, fields: null };
  const damaged: HeaderCopy = {
    place,
    state: 'damaged',
    offset,
    sequence: head.readBigUInt64BE(16),
    fields: null,
  };
  // LUKS1 has the same magic; it has neither a checksum nor a second copy.
  if (head.readUInt16BE(6) !== 2) return { ...damaged, state: 'absent', sequence: null };
  const bytes = Number(head.readBigUInt64BE(8));
  const isAllowed = secondaryOffsets.includes(bytes) && head.readBigUInt64BE(256) === BigInt(offset);
  if (!isAllowed || start.length < offset + bytes) return damaged;

  const whole = Buffer.from(start.subarray(offset, offset + bytes));
  const kept = Buffer.from(whole.subarray(checksumAt.from, checksumAt.from + checksumAt.bytes));
  whole.fill(0, checksumAt.from, checksumAt.from + checksumAt.bytes);
  if (textAt(whole, 72, 32) !== 'sha256') return damaged;
  const sum = createHash('sha256').update(whole).digest();
  if (!sum.equals(kept.subarray(0, sum.length))) return damaged;
  const json = parseJson(whole.subarray(binaryBytes));
  if (json === undefined) return damaged;
  const fields = {
    ...{
      uuid: textAt(whole, 168, 40),
      label: textAt(whole, 24, 48),
      subsystem: textAt(whole, 208, 48),
      bytes,
      json,
    },
  };
  return { ...damaged, state: 'good', fields };
}

function judge(
  primary: HeaderCopy,
  secondary: HeaderCopy,
): Pick<HeaderReport, 'state' | 'says' | 'cure' | 'fields'> {
  const good = [primary, secondary].filter(({ state }) => state === 'good');
  const newest = good.toSorted((a, b) => Number((b.sequence ?? 0n) - (a.sequence ?? 0n)))[0];
  if (newest && good.length === 2 && primary.sequence === secondary.sequence)
    return {
      state: 'good',
      says: 'Both copies of the encryption header are whole.',
      cure: null,
      fields: newest.fields,
    };
  if (newest) {
    const bad = newest === primary ? secondary : primary;
    const how = bad.state === 'good' ? 'older than the other' : bad.state;
    return {
      state: 'damaged',
      says: `The ${bad.place} copy of the encryption header is ${how}; the ${newest.place} one still opens the disk.`,
      cure: 'Repair it now with `cryptsetup repair`: when the other copy goes too, the data is lost. Then look at the drive’s health.',
      fields: newest.fields,
    };
  }
  if (primary.state === 'damaged' || secondary.state === 'damaged')
    return {
      state: 'lost',
      says: 'Both copies of the encryption header are damaged; nothing can open this disk as it is.',
      cure: 'Restore the header from the operator’s escrow; the data itself may be whole. Write nothing to the disk before.',
      fields: null,
    };
  return { state: 'none', says: 'There is no LUKS2 header.', cure: null, fields: null };
}

const textAt = (bytes: Buffer, from: number, length: number): string =>
  bytes.toString('latin1', from, from + length).replace(/\0.*$/s, '');

function parseJson(area: Buffer): unknown {
  const end = area.indexOf(0);
  try {
    return JSON.parse(area.toString('utf8', 0, end < 0 ? area.length : end));
  } catch {
    return undefined; // what the checksum covers and JSON doesn't accept is damage like any other
  }
}
