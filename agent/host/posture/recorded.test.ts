import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { judgeDisk, readDisk } from './disk.ts';
import { mountOf, parseMountInfo } from './mounts.ts';
import { holds, readDataDisk, readPosture } from './posture.ts';
import { openRoot } from './root.ts';
import { judgeSeal, readSeal } from './seal.ts';
import { judgeSwap, parseSwaps, readSwap } from './swap.ts';
import { dataMount, makeTree, recorded, type Tree } from './tree.fixture.ts';

const { common, trees } = recorded();
const made: (() => void)[] = [];
afterEach(() => {
  for (const remove of made.splice(0)) remove();
});

function rootOf(name: string, ...over: Tree[]): string {
  const tree = trees[name];
  if (!tree) throw new Error(`nothing was recorded as ${name}`);
  const { root, remove } = makeTree(common, tree, { folders: [dataMount, `${dataMount}/agent`] }, ...over);
  made.push(remove);
  return root;
}

describe('what a real kernel shows of the disk under the data', () => {
  test.each([
    ['luks2-ext4', 'good'],
    ['luks2-bound', 'good'], // as systemd binds what a service may write
    ['luks2-lvm', 'good'],
    ['luks2-btrfs', 'bad'], // it may lie on other disks too, and doesn't tell by its device number
    ['luks1-ext4', 'bad'],
    ['plain-ext4', 'bad'],
    ['lvm-half-plain', 'bad'], // one volume on an encrypted disk and a plain one
    ['tmpfs-above', 'bad'], // what is written there is gone with the power
    ['nothing-mounted', 'bad'],
  ])('%s is %s', (name, state) => {
    const finding = readDataDisk({ root: rootOf(name), home: `${dataMount}/agent`, dataMount });
    expect(finding.state, finding.says).toBe(state);
  });

  test('a home that is a link is judged by where it leads', () => {
    const root = rootOf('luks2-ext4', {
      links: { 'srv/home': '/tmp/elsewhere' },
      folders: ['tmp/elsewhere'],
    });
    expect(readDataDisk({ root, home: '/srv/home' }).state).toBe('bad');
    const back = rootOf('luks2-ext4', { links: { 'srv/home': `..${dataMount}/agent` } });
    expect(readDataDisk({ root: back, home: '/srv/home' }).state).toBe('good');
  });

  test('the volume mounted elsewhere is not where it belongs', () => {
    const root = rootOf('luks2-ext4', { folders: ['srv/rockpool'] });
    expect(readDataDisk({ root, home: `${dataMount}/agent`, dataMount: '/srv/rockpool' })).toMatchObject({
      state: 'bad',
      says: 'the data volume is not mounted on /srv/rockpool.',
    });
  });
});

describe('what a real kernel shows of swap', () => {
  test.each([
    ['luks2-ext4', 'good'], // none
    ['swap-random-key', 'good'],
    ['swap-zram', 'good'],
    ['swap-file-on-luks2', 'good'],
    ['swap-plain', 'bad'],
    ['swap-file-on-plain', 'bad'],
    ['swap-zram-written-back', 'bad'], // idle pages go to a plain disk
  ])('%s is %s', (name, state) => {
    const finding = judgeSwap(readSwap(openRoot(rootOf(name))));
    expect(finding.state, finding.says).toBe(state);
  });

  test('names with blanks are read as they are', () => {
    expect(parseSwaps('Filename\tType\n/var/my\\040swap file 1 0 -2\n')).toEqual([
      { path: '/var/my swap', type: 'file' },
    ]);
  });
});

test('a key file that systemd would take without any line naming it is found', () => {
  const name = '/etc/cryptsetup-keys.d/rockpool-data.key';
  const files = { 'etc/crypttab': 'rockpool-data PARTLABEL=UDA none tpm2-device=auto\n' };
  const seen = (over: Tree) => {
    const root = openRoot(rootOf('luks2-ext4', { files }, over));
    return judgeSeal(readSeal(root, readDisk(root, dataMount)));
  };
  expect(seen({}).state).toBe('good');
  expect(seen({ files: { [name]: 'key' } })).toMatchObject({
    state: 'bad',
    says: expect.stringContaining(name),
  });
  expect(seen({ files: { 'etc/crypttab': 'rockpool-data PARTLABEL=UDA /boot/key luks\n' } }).state).toBe(
    'bad',
  );
  expect(seen({ files: { 'proc/cmdline': 'quiet rd.luks.key=/key\n' } }).state).toBe('bad');
  // Another volume's key is another volume's business: swap gets a random one.
  expect(seen({ files: { 'etc/crypttab': 'swap /dev/nvme0n1p2 /dev/urandom swap\n' } }).state).toBe(
    'warning',
  );
});

test('of several mounts on one point the last counts, and blanks in paths are blanks', () => {
  const mounts = parseMountInfo(
    '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /my\\040disk rw,noatime shared:7 master:3 - xfs /dev/sdb rw\n3 1 8:3 / /my\\040disk rw - ext4 /dev/sdc rw\n',
  );
  expect(mountOf('/my disk/folder', mounts)).toMatchObject({ device: '8:3', source: '/dev/sdc' });
  expect(mountOf('/my diskette', mounts)?.device).toBe('8:1');
  expect(judgeDisk({ folder: '/x', mount: undefined, device: undefined }).state).toBe('bad');
});

test('all together: who may only look at the sealed files, before anybody listens, gets eight findings', async () => {
  const root = rootOf('luks2-ext4', {
    files: {
      'proc/sys/kernel/core_pattern': '|/bin/false\n',
      'run/systemd/timesync/synchronized': '',
      'run/rockpool/disk.json': JSON.stringify({
        version: 1,
        uuid: 'u',
        slots: ['tpm2', 'recovery'],
        recovery: 'kept',
      }),
    },
  });
  mkdirSync(join(root, dataMount, 'device'), { recursive: true });
  writeFileSync(join(root, dataMount, 'device/identity-key.cred'), 'x'.repeat(200));
  chmodSync(join(root, dataMount, 'device/identity-key.cred'), 0o600);
  const place = {
    root,
    home: `${dataMount}/agent`,
    dataMount,
    deviceFolder: `${dataMount}/device`,
    name: 'leeds',
  };
  const posture = await readPosture({ ...place, now: () => Date.UTC(2026, 10, 22) });
  expect(posture.findings.map(({ code }) => code)).toEqual([
    'disk-encrypted',
    'disk-sealed',
    'recovery-kept',
    'swap-encrypted',
    'core-dumps-off',
    'identity',
    'enrolled',
    'clock',
  ]);
  expect(posture.findings.filter(({ state }) => state !== 'good')).toEqual([]);
  expect(posture.holds).toBe(true);
  expect(holds([...posture.findings, { code: 'clock', state: 'warning', says: '', cure: '' }])).toBe(true);
  const unset = await readPosture({ ...place, now: () => 0 });
  expect([unset.holds, unset.findings.find(({ state }) => state === 'bad')?.code]).toEqual([false, 'clock']);
});
