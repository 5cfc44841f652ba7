/** Slots as three versions of cryptsetup and systemd wrote them, held to what systemd itself says of them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRecoveryKept, LuksMetadata, markOf, provisioningOf, slotsOf } from './luks-metadata.ts';

const recorded = (name: string): string => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');

/**
 * Each a disk sealed by that distribution's own programs to PCR 7 and a signed PCR 11, with a recovery key that was kept,
 * a passphrase of ours, one that nobody spoke for, and the key of the setup: cryptsetup 2.6.1 and systemd 252 (Debian 12),
 * 2.7.0 and 255 (Ubuntu 24.04), 2.7.5 and 257 (Debian 13).
 */
const systems = ['debian-12', 'ubuntu-24.04', 'debian-13'];

const read = (system: string): LuksMetadata =>
  LuksMetadata.parse(JSON.parse(recorded(`${system}.dump.json`)));

test.each(systems)('%s: every slot is known for what it is', (system) => {
  expect(slotsOf(read(system))).toEqual([
    {
      id: 0,
      kind: 'tpm2',
      policy: { pcrs: [7], signedPcrs: [11], pin: false, bank: 'sha256' },
      stretching: 'pbkdf2',
    },
    { id: 1, kind: 'recovery', policy: null, stretching: 'pbkdf2' },
    { id: 2, kind: 'passphrase', policy: null, stretching: 'argon2id' },
    { id: 3, kind: 'unknown', policy: null, stretching: 'pbkdf2' },
    { id: 31, kind: 'bootstrap', policy: null, stretching: 'pbkdf2' },
  ]);
});

/** systemd knows no tokens of others, and takes a slot without one for a password. */
const bySystemd = {
  tpm2: 'tpm2',
  recovery: 'recovery',
  passphrase: 'other',
  unknown: 'password',
  bootstrap: 'password',
  jetson: 'other',
};

test.each(systems)('%s: systemd-cryptenroll says the same', (system) => {
  const listed = [...recorded(`${system}.slots.txt`).matchAll(/^\s*(\d+) (\w+)$/gm)].map(([, id, kind]) => [
    Number(id),
    kind,
  ]);
  expect(slotsOf(read(system)).map(({ id, kind }) => [id, bySystemd[kind]])).toEqual(listed);
});

test.each(systems)('%s: the disk is a device’s, and its recovery key is kept', (system) => {
  const metadata = read(system);
  expect(markOf('rockpool-data', 'rockpool', metadata)).toBe('kept');
  expect(provisioningOf(metadata)?.token).toMatchObject({
    recovery: { slot: 1, keptAt: '2026-11-22T09:00:00.000Z' },
  });
  expect(isRecoveryKept(metadata)).toBe(true);
  const { 1: _gone, ...keyslots } = metadata.keyslots;
  expect(isRecoveryKept({ ...metadata, keyslots })).toBe(false);
});

test('what is no header’s metadata is refused', () => {
  expect(LuksMetadata.safeParse({}).success).toBe(false);
  expect(LuksMetadata.safeParse({ ...read('debian-12'), keyslots: { first: {} } }).success).toBe(false);
});
