import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRoot } from '@rockpool/agent/host/posture/root.ts';
import { afterAll, expect, test } from 'vitest';
import { isClockRight } from '../steps/clock.ts';
import { readBoard, readSecureBoot, readTpm } from './board.ts';
import { readClock } from './clock.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});
function tree(files: Record<string, string | Buffer>) {
  const folder = mkdtempSync(join(tmpdir(), 'board-'));
  made.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return openRoot(folder);
}

const efi = (name: string, value: number) => ({
  [`sys/firmware/efi/efivars/${name}-8be4df61-93ca-11d2-aa0d-00e098032b8c`]: Buffer.from([6, 0, 0, 0, value]),
});

test.each([
  ['none', {}],
  ['on', { ...efi('SecureBoot', 1), ...efi('SetupMode', 0) }],
  ['off', { ...efi('SecureBoot', 0), ...efi('SetupMode', 0) }],
  ['setup-mode', { ...efi('SecureBoot', 0), ...efi('SetupMode', 1) }],
])('Secure Boot is %s by the firmware’s own variables', (state, files) => {
  expect(readSecureBoot(tree(files))).toBe(state);
});

test('a TPM 2.0 with its resource manager and SHA-256 bank; one of 1.2; and none', () => {
  const of = (files: Record<string, string>) => readTpm(tree(files));
  expect(
    of({
      'sys/class/tpm/tpm0/tpm_version_major': '2\n',
      'sys/class/tpm/tpm0/pcr-sha256/7': '',
      'dev/tpmrm0': '',
    }),
  ).toEqual({ device: '/dev/tpmrm0', version: 2, sha256Bank: true });
  expect(
    of({ 'sys/class/tpm/tpm0/tpm_version_major': '2\n', 'sys/class/tpm/tpm0/pcr-sha1/7': '' }),
  ).toMatchObject({
    device: '/dev/tpm0',
    sha256Bank: false,
  });
  expect(of({ 'sys/class/tpm/tpm0/tpm_version_major': '1\n' })).toMatchObject({
    version: 1,
    sha256Bank: null,
  });
  expect(of({})).toBeNull();
});

test.each([
  [
    {
      'proc/device-tree/model': 'NVIDIA Jetson Orin NX\0',
      'proc/device-tree/serial-number': '1421723049411\0',
    },
    '1421723049411',
  ],
  [{ 'sys/class/dmi/id/product_serial': 'Not Specified\n' }, null],
  [{ 'sys/class/dmi/id/product_serial': 'To be filled by O.E.M. 1\n' }, null],
  [{ 'sys/class/dmi/id/product_serial': '0000000000\n' }, null],
  [{}, null],
])('%j has the serial number %s', (files, serial) => {
  expect(readBoard(tree(files)).serial).toBe(serial);
});

const at = Date.UTC(2026, 10, 22);
const day = 24 * 3_600_000;
const clock = { synchronised: false, rtcMs: null, floorMs: at - day };

test.each([
  ['a time server set it', { ...clock, synchronised: true }, true],
  ['nobody set it', clock, false],
  ['a battery-backed clock ran on', { ...clock, rtcMs: at + 2_000 }, true],
  [
    'a battery-backed clock that stood still is before what was written',
    { ...clock, rtcMs: at - 2 * day },
    false,
  ],
  ['the two are days apart', { ...clock, rtcMs: at + 3 * day }, false],
  [
    'a time server set it, to before what was written',
    { ...clock, synchronised: true, floorMs: at + day },
    false,
  ],
])('%s: the clock is right, or not', (_, seen, right) => {
  expect(isClockRight({ at, clock: seen })).toBe(right);
});

test('timedatectl of systemd 257 before a time server answered, and a clock with a battery', async () => {
  const root = tree({
    'sys/class/rtc/rtc0/since_epoch': '1795387608\n',
    'opt/rockpool/current/package.json': '{}',
  });
  const run = (_: string, args: readonly string[]) =>
    Promise.resolve({ code: 0, stdout: args.includes('show') ? 'NTPSynchronized=no\n' : '', stderr: '' });
  const seen = await readClock({ root, run, addresses: () => [], now: () => at });
  expect(seen).toMatchObject({ synchronised: false, rtcMs: 1_795_387_608_000 });
  expect(seen.floorMs).toBeGreaterThan(0);
});
