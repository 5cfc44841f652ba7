import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeProgram, repository, treeWithUnits } from './test/tree.ts';

const run = promisify(execFile);
const folderOfUnits = join(repository, 'systemd/lib/systemd/system');
const units = readdirSync(folderOfUnits);
const services = units.filter((name) => name.endsWith('.service'));

let folder: string;
let tree: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-units-'));
  tree = await treeWithUnits(folder);
  placeProgram(tree, 'opt/rockpool/current/bin/node');
  placeProgram(tree, 'run/rockpool/release/current/bin/node');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const analyze = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run('chroot', [tree, 'systemd-analyze', ...args]);
  return stdout + stderr;
};

test('the systemd that judges is 257, which devices have', async () => {
  expect(await analyze('--version')).toMatch(/^systemd 257 /);
});

test('every unit is one that systemd has nothing to say about', async () => {
  expect(await analyze('verify', '--recursive-errors=yes', ...units)).toBe('');
});

test('what systemd would say of a unit that is wrong', async () => {
  await expect(analyze('verify', 'rockpool-absent.service')).rejects.toThrow('rockpool-absent.service');
});

/** Of 10; the rest is what each program can't do without, as its unit says. */
const exposure: Record<string, number> = {
  'rockpool-agent.service': 1.3,
  'rockpool-model.service': 0.9,
  'rockpool-updater.service': 1.5,
  'rockpool-release.service': 0.9,
  'rockpool-restart.service': 1.2,
  'rockpool-setup.service': 1.3,
  'rockpool-trial.service': 1.3,
  'rockpool-nginx.service': 1.9,
  'rockpool-renew.service': 1.9,
  'rockpool-rotate.service': 1.9,
  'rockpool-reboot.service': 1.2,
  'rockpool-firewall.service': 1.9,
  'rockpool-firewall-refresh.service': 2.0,
  'rockpool-volume.service': 1.9,
};
/** They make and mount the disk, in the system's own namespace; or ask systemd for a target, and end. */
const exposed = ['rockpool-provision.service', 'rockpool-open.service', 'rockpool-boot.service'];

test('every service has a bound of exposure, or a reason to have none', () => {
  expect([...Object.keys(exposure), ...exposed].sort()).toEqual(services.sort());
});

test.each(Object.entries(exposure))('%s is exposed %s at most', async (unit, most) => {
  const security = ['security', '--offline=true', '--no-pager', `--threshold=${Math.round(most * 10)}`, unit];
  await analyze(...security).catch((error: { stdout: string }) =>
    expect.fail(
      error.stdout
        .split('\n')
        .filter((line) => /^[✗→]/.test(line))
        .join('\n'),
    ),
  );
});

test('a threshold that is too low is told: the ones above can fail', async () => {
  await expect(
    analyze('security', '--offline=true', '--threshold=1', 'rockpool-agent.service'),
  ).rejects.toThrow();
});

test('no service keeps a core dump, and none may take new privileges', () => {
  for (const unit of services.filter((name) => name !== 'rockpool-boot.service')) {
    const text = readFileSync(join(folderOfUnits, unit), 'utf8');
    expect(text, unit).toContain('\nNoNewPrivileges=yes\n');
    if (text.includes('bin/node')) expect(text, unit).toContain('\nLimitCORE=0\n');
  }
});

test('every unit opens with why it is there, or is a plain timer or path', () => {
  for (const unit of units.filter((name) => !/\.(?:timer|path)$/.test(name))) {
    expect(readFileSync(join(folderOfUnits, unit), 'utf8'), unit).toMatch(/^# [A-Za-z]/);
  }
});

test('the accounts are made under the numbers that both slots have', async () => {
  const { stdout } = await run('chroot', [
    tree,
    'getent',
    'passwd',
    'rockpool',
    'rockpool-model',
    'rockpool-nginx',
  ]);
  expect(stdout.split('\n').map((line) => line.split(':').slice(0, 3).join(':'))).toEqual([
    ...['rockpool:x:961', 'rockpool-model:x:962', 'rockpool-nginx:x:965', ''],
  ]);
});

test('who reads what was fetched is in the group of it', async () => {
  const { stdout } = await run('chroot', [tree, 'getent', 'group', 'rockpool-update']);
  expect(stdout.trim()).toMatch(/^rockpool-update:x:966:/);
  expect(stdout.trim().split(':')[3]?.split(',').sort()).toEqual([
    'rockpool',
    'rockpool-model',
    'rockpool-updater',
  ]);
});

test('what decides between releases, and what installs them, is never the code of one', () => {
  for (const unit of ['rockpool-release.service', 'rockpool-updater.service']) {
    const text = readFileSync(join(folderOfUnits, unit), 'utf8');
    expect(text, unit).toContain('\nExecStart=/opt/rockpool/current/bin/node ');
    expect(text, unit).not.toMatch(/^Exec.*\/run\/rockpool\/release\/current\/bin/m);
  }
});

test.each([
  ['systemd/journald.conf', 'SystemMaxUse=256M'],
  ['systemd/coredump.conf', 'Storage=none'],
  ['systemd/resolved.conf', 'MulticastDNS=yes'],
  ['systemd/timesyncd.conf', 'SaveIntervalSec=60'],
  ['systemd/system.conf', 'DumpCore=no'],
])('systemd reads our words of %s: %s', async (file, line) => {
  expect(await analyze('cat-config', file)).toContain(`\n${line}\n`);
});
