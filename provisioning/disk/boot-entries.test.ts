/** The next boot's texts, held to systemd's own generators where they are. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../exec.ts';
import { crypttabLine, fstabLine, hasLine, swapLines, withLine } from './boot-entries.ts';

const uuid = '35f29406-4127-4960-812f-a2bccaa72719';
const sealed = { uuid, unlock: 'tpm2', discards: true, aes: true } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-boot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What systemd makes of it. */
async function generate(
  program: 'systemd-cryptsetup-generator' | 'systemd-fstab-generator',
  file: string,
): Promise<(unit: string) => string> {
  const name = program === 'systemd-fstab-generator' ? 'SYSTEMD_FSTAB' : 'SYSTEMD_CRYPTTAB';
  writeFileSync(join(folder, 'table'), file);
  const out = join(folder, 'units');
  mkdirSync(out);
  const ran = await run(`/usr/lib/systemd/system-generators/${program}`, [out, out, out], {
    env: { [name]: join(folder, 'table'), SYSTEMD_LOG_LEVEL: 'warning', SYSTEMD_LOG_TARGET: 'console' },
  });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return (unit) => readFileSync(join(out, unit), 'utf8');
}

test('a sealed volume opens at boot, or fails at once and lets the boot go on', async () => {
  const unitOf = await generate('systemd-cryptsetup-generator', `${crypttabLine(sealed)}\n`);
  const unit = unitOf('systemd-cryptsetup@rockpool\\x2ddata.service');
  expect(unit).toContain(`dev-disk-by\\x2duuid-${uuid.replaceAll('-', '\\x2d')}.device`);
  expect(unit).toMatch(
    /attach 'rockpool-data' '\/dev\/disk\/by-uuid\/[0-9a-f-]+' '-' 'luks,tpm2-device=auto/,
  );
  expect(unit).toContain('headless=true');
  // `nofail`: nothing of the boot waits for it.
  expect(unit).not.toContain('Before=cryptsetup.target');
});

test('what a person or OP-TEE opens is left to them', () => {
  for (const unlock of ['passphrase', 'jetson'] as const) {
    expect(crypttabLine({ ...sealed, unlock })).toContain(' - luks,noauto,');
    expect(fstabLine({ unlock })).toContain(',noauto,');
  }
});

test('it is mounted without programs, devices and other rights, checked, and stops at damage', async () => {
  const unitOf = await generate('systemd-fstab-generator', `${fstabLine(sealed)}\n`);
  expect(unitOf('var-lib-rockpool.mount')).toMatch(/^What=\/dev\/mapper\/rockpool-data$/m);
  expect(unitOf('var-lib-rockpool.mount')).toMatch(
    /^Options=noatime,nodev,nosuid,noexec,errors=remount-ro,nofail/m,
  );
  expect(unitOf('var-lib-rockpool.mount')).toContain('systemd-fsck@dev-mapper-rockpool\\x2ddata.service');
});

test('swap is a new random key at every boot', async () => {
  const unitOf = await generate('systemd-cryptsetup-generator', `${swapLines('c0ffee00-01').crypttab}\n`);
  const unit = unitOf('systemd-cryptsetup@rockpool\\x2dswap.service');
  expect(unit).toContain("'/dev/urandom'");
  expect(unit).toMatch(/systemd-makefs'? swap/);
});

test('a table keeps the lines of others, and one of ours', () => {
  const line = crypttabLine(sealed);
  const others = '# a comment about rockpool-data\nbackup UUID=1 none luks\n';
  const once = withLine(others, line);
  expect(once).toBe(`${others}${line}\n`);
  expect(withLine(once, line)).toBe(once);
  expect(withLine(`rockpool-data PARTLABEL=UDA /root/key luks\n${others}rockpool-data x\n`, line)).toBe(
    `${line}\n${others}`,
  );
  expect(withLine('', line)).toBe(`${line}\n`);
  expect(hasLine(once, line)).toBe(true);
  expect(hasLine(others, line)).toBe(false);
  expect(hasLine(`${once}rockpool-data x\n`, line)).toBe(false);

  const mount = fstabLine(sealed);
  expect(
    withLine('/dev/sda1 /var/lib/rockpool xfs defaults 0 0\n/dev/sda2 / ext4 defaults 0 1\n', mount),
  ).toBe(`${mount}\n/dev/sda2 / ext4 defaults 0 1\n`);
});
