import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { candidates, findDevice, flatten, parseLsblk, usedAt } from './block-devices.ts';
import { parseCryptsetupVersion, parseSystemdVersion } from './versions.ts';

const recorded = (name: string): string => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
const devices = (name: string) => parseLsblk(recorded(`lsblk-${name}.json`));
const itself = (path: string): string => path;

describe.each(['2.38.1-plain', '2.41.5-plain'])(
  'lsblk %s, a machine with one disk and no partitions',
  (name) => {
    test('the disk is found by its path, and is in use', () => {
      const disk = findDevice(devices(name), '/dev/vda', itself);
      expect(disk).toMatchObject({
        kernelName: 'vda',
        number: '254:0',
        type: 'disk',
        sizeBytes: 274_877_906_944,
        readOnly: false,
      });
      expect(disk && usedAt(disk, 'rockpool-data')).not.toEqual([]);
    });

    test('there is no partition for the data, and what there is is told', () => {
      expect(findDevice(devices(name), 'PARTLABEL=UDA', itself)).toBeNull();
      expect(candidates(devices(name))).toEqual(['/dev/vda (256 GiB)']);
    });
  },
);

describe('lsblk 2.41.5 on an appliance', () => {
  test('before it is set up, the data partition is found by its label and nothing uses it', () => {
    const data = findDevice(devices('2.41.5-fresh-appliance'), 'PARTLABEL=UDA', itself);
    expect(data).toMatchObject({ path: '/dev/nvme0n1p4', kernelName: 'nvme0n1p4', children: [] });
    expect(data && usedAt(data, 'rockpool-data')).toEqual([]);
    expect(findDevice(devices('2.41.5-fresh-appliance'), `PARTUUID=${data?.partUuid}`, itself)).toEqual(data);
  });

  test('by path its links are followed', () => {
    const by = (path: string) => (path === '/dev/disk/by-partlabel/UDA' ? '/dev/nvme0n1p4' : path);
    expect(findDevice(devices('2.41.5-fresh-appliance'), '/dev/disk/by-partlabel/UDA', by)?.kernelName).toBe(
      'nvme0n1p4',
    );
  });

  test('what is mounted from our own mapper is no use of the partition by others; from any other it is', () => {
    const data = findDevice(devices('2.41.5-open-appliance'), 'PARTLABEL=UDA', itself);
    if (!data) throw new Error('it is there');
    expect(usedAt(data, 'rockpool-data')).toEqual([]);
    expect(usedAt(data, 'another')).toEqual(
      expect.arrayContaining(['/dev/mapper/rockpool-data', '/var/lib/rockpool']),
    );
  });

  test('two partitions of one label are nobody’s clear wish', () => {
    const twice = [...devices('2.41.5-fresh-appliance')];
    const [disk] = twice;
    if (!disk) throw new Error('it is there');
    const other = {
      ...disk,
      kernelName: 'sda',
      children: disk.children.map((child) => ({ ...child, kernelName: `${child.kernelName}-2` })),
    };
    expect(findDevice([...twice, other], 'PARTLABEL=UDA', itself)).toBeNull();
    expect(flatten([...twice, ...twice])).toHaveLength(flatten(twice).length);
  });
});

test.each([
  ['bookworm', 252, '2.6.1'],
  ['trixie', 257, '2.7.5'],
])('versions as Debian %s says them', (suite, systemd, cryptsetup) => {
  expect(parseSystemdVersion(recorded(`systemctl-version-${suite}.txt`))).toBe(systemd);
  expect(parseCryptsetupVersion(recorded(`cryptsetup-version-${suite}.txt`))).toBe(cryptsetup);
  expect(parseSystemdVersion('')).toBeNull();
});
