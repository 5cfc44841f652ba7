import { expect, test } from 'vitest';
import type { Run } from '../exec.ts';
import { lookingOnly } from './eyes.ts';

const started: string[] = [];
const run: Run = (program, args) => {
  started.push([program, ...args].join(' '));
  return Promise.resolve({ code: 0, stdout: '', stderr: '' });
};
const look = lookingOnly(run);

test.each([
  ['cryptsetup', ['luksFormat', '/dev/sda5']],
  ['cryptsetup', ['open', '/dev/sda5', 'rockpool-data']],
  ['mkfs.ext4', ['/dev/sda5']],
  ['mount', ['/dev/sda5', '/mnt']],
  ['systemctl', ['start', 'rockpool.target']],
  ['systemd-cryptenroll', ['--recovery-key', '/dev/sda5']],
  ['timedatectl', ['set-time', '12:00']],
  ['blkid', ['/dev/sda5']],
  ['wipefs', ['--all', '/dev/sda5']],
  ['nft', ['--file', '/etc/rockpool/firewall.nft']],
  ['nft', ['delete', 'table', 'inet', 'rockpool']],
  ['nginx', ['-s', 'stop']],
  ['sh', ['-c', 'lsblk']],
  ['constructor', []],
])('looking at a device never runs %s %j', async (program, args) => {
  started.length = 0;
  await expect(look(program, args)).rejects.toThrow('may change it');
  expect(started).toEqual([]);
});

test.each([
  ['lsblk', ['--json']],
  ['blkid', ['-p', '-o', 'export', '/dev/sda5']],
  ['timedatectl', ['show', '--property=NTPSynchronized']],
  ['nginx', ['-v']],
  ['nft', ['--json', 'list', 'table', 'inet', 'rockpool']],
])('it runs %s %j', async (program, args) => {
  await expect(look(program, args)).resolves.toMatchObject({ code: 0 });
});
