/** What is read of the machine: figures of the kernel, the disk, and a whole look at each board. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openSysfs } from '../../host/jetson/sysfs.ts';
import { boards, type Tree, unpack } from '../../host/jetson/tree.fixture.ts';
import { blockNumbers, diskOf, parseLifeTime, readDisk, readOnlyBy, readWear } from './disk.ts';
import { openHostMachine } from './host-machine.ts';
import {
  hasDefaultRoute4,
  hasDefaultRoute6,
  openCpuLoad,
  openTrafficRate,
  parseKills,
  parseStalled,
  parseTicks,
  parseTraffic,
  parseUptime,
} from './kernel.ts';

let tree: Tree | undefined;
afterEach(() => {
  tree?.remove();
  tree = undefined;
});

describe('a look at', () => {
  test.each(boards)('%s reads what is there, and null for the rest', async (board) => {
    tree = unpack(board);
    const readings = await openHostMachine({ home: tree.root, root: tree.root }).read();
    expect(readings.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(readings.uptimeS).toBeGreaterThan(0);
    expect(readings.network.connected).toBe(true);
    expect(readings.memory.kills).toBe(0);
    expect(readings.jetson === null).toBe(board === 'pc');
    // Nothing that wasn't measured is a number.
    expect(readings.cpu.loadPermille).toBeNull();
    expect(readings.network.receivedKiBps).toBeNull();
  });

  test('says what it runs', async () => {
    tree = unpack('orin-nano');
    expect(await openHostMachine({ home: tree.root, root: tree.root }).system()).toBe(
      'Ubuntu 22.04.5 LTS, Jetson Linux 36.4.4',
    );
    tree.remove();
    tree = unpack('pc');
    expect(await openHostMachine({ home: tree.root, root: tree.root }).system()).toBe(
      'Debian GNU/Linux 12 (bookworm), Linux 6.1.0-56-amd64',
    );
  });

  test('an empty root is no failure: everything is null', async () => {
    const root = mkdtempSync(join(tmpdir(), 'rockpool-empty-'));
    try {
      const readings = await openHostMachine({ home: join(root, 'gone'), root }).read();
      expect(readings.disk).toEqual({ totalMiB: null, freeMiB: null, wearPercent: null, readOnly: null });
      expect(readings).toMatchObject({ temperatures: [], jetson: null, clockSynchronised: null });
      expect(readings.network).toEqual({ receivedKiBps: null, sentKiBps: null, connected: null });
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  test('the load and the traffic are those since the last look', async () => {
    tree = unpack('pc');
    let monoMs = 0;
    const machine = openHostMachine({ home: tree.root, root: tree.root, monoMs: () => monoMs });
    await machine.read();
    monoMs = 10_000;
    // 600 ticks later, 150 of them idle; 1 MiB came in, and half went out.
    tree.set('proc/stat', 'cpu  40350 0 12100 900100 1050 0 500 0 0 0\ncpu0 1 0 0 1\n');
    tree.set('proc/net/dev', 'x\nx\nenp3s0: 53477376 0 0 0 0 0 0 0 11010048 0 0 0 0 0 0 0\n');
    const readings = await machine.read();
    expect(readings.cpu.loadPermille).toBe(750);
    expect(readings.network).toMatchObject({ receivedKiBps: 102, sentKiBps: 51 });
  });

  test('a clock that no file tells about is asked for', async () => {
    tree = unpack('orin-nx');
    const machine = openHostMachine({ home: tree.root, root: tree.root, askClock: async () => true });
    expect((await machine.read()).clockSynchronised).toBe(true);
  });
});

describe('the kernel says', () => {
  test('for how long it runs, what it ended and for how long it stood still', () => {
    expect(parseUptime('35740.12 1.00\n')).toBe(35740);
    expect(parseUptime('')).toBeNull();
    expect(parseKills('nr_free 1\noom_kill 3\n')).toBe(3);
    expect(parseKills('nr_free 1\n')).toBeNull();
    expect(
      parseStalled(
        'some avg10=9.00 avg60=9.00 avg300=9.00 total=9\nfull avg10=0.00 avg60=1.25 avg300=0 total=1',
      ),
    ).toBe(13);
    expect(parseStalled('')).toBeNull();
  });

  test('how busy it was; a counter that went back says nothing', () => {
    const load = openCpuLoad();
    expect(load(parseTicks('cpu  100 0 0 900 0 0 0 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1'))).toBeNull();
    expect(load(parseTicks('cpu  200 0 0 900 0 0 0 0 0 0\n'))).toBe(1000);
    expect(load(parseTicks('cpu  100 0 0 100 0 0 0 0 0 0\n'))).toBeNull();
    expect(load(null)).toBeNull();
    expect(parseTicks('cpu  1 0 0 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n')?.cores).toBe(2);
    expect(parseTicks('intr 1')).toBeNull();
  });

  test('what went over the wire, without what programs sent to each other', () => {
    expect(
      parseTraffic(
        'a\nb\n  lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 5 0 0 0 0 0 0 0 7 0\n docker0: 9 0 0 0 0 0 0 0 9 0',
      ),
    ).toEqual({ received: 5, sent: 7 });
    expect(parseTraffic('a\nb\n  lo: 9 0 0 0 0 0 0 0 9 0\n')).toBeNull();
  });

  test('rates are null at first, after an interface went, and when no time passed', () => {
    const rate = openTrafficRate();
    expect(rate({ received: 0, sent: 0 }, 0)).toEqual({ receivedKiBps: null, sentKiBps: null });
    expect(rate({ received: 10_240, sent: 0 }, 1_000)).toEqual({ receivedKiBps: 10, sentKiBps: 0 });
    expect(rate({ received: 0, sent: 0 }, 2_000)).toEqual({ receivedKiBps: null, sentKiBps: 0 });
    expect(rate({ received: 1, sent: 1 }, 2_000)).toEqual({ receivedKiBps: null, sentKiBps: null });
    expect(rate(null, 3_000)).toEqual({ receivedKiBps: null, sentKiBps: null });
  });

  test('whether a way leads out', () => {
    const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
    expect(hasDefaultRoute4(`${head}eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0`)).toBe(true);
    expect(hasDefaultRoute4(`${head}eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0`)).toBe(false);
    expect(hasDefaultRoute4(`${head}eth0\t00000000\t0100A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0`)).toBe(false);
    const zeros = '0'.repeat(32);
    expect(hasDefaultRoute6(`${zeros} 00 ${zeros} 00 fe80 400 1 0 00000003 eth0`)).toBe(true);
    // Every machine has this one: what leads nowhere is refused by it.
    expect(hasDefaultRoute6(`${zeros} 00 ${zeros} 00 ${zeros} ffffffff 1 0 00200200 lo`)).toBe(false);
  });
});

describe('the disk', () => {
  test('has room, and says so by itself', async () => {
    tree = unpack('pc');
    const disk = await readDisk(tree.root, openSysfs(tree.root));
    expect(disk.totalMiB).toBeGreaterThan(0);
    expect(disk.freeMiB).toBeLessThanOrEqual(disk.totalMiB ?? 0);
    expect(disk).toMatchObject({ readOnly: false, wearPercent: null });
  });

  test('is read-only only when the kernel says so, and not for want of permission', () => {
    expect(['OK', 'EROFS', 'EACCES', 'ENOENT'].map(readOnlyBy)).toEqual([false, true, false, null]);
  });

  test('tells its wear through LUKS and its partition', async () => {
    tree = unpack('agx-orin');
    expect(await readWear(openSysfs(tree.root), '254:0')).toBe(20);
    tree.remove();
    tree = unpack('orin-nano');
    // NVMe: root only.
    expect(await readWear(openSysfs(tree.root), '259:1')).toBeNull();
  });

  test('has its names and numbers as Linux writes them', () => {
    expect(['mmcblk0p12', 'nvme0n1p3', 'sda2', 'vdb1', 'dm-0', 'md127', 'nvme0n1'].map(diskOf)).toEqual([
      'mmcblk0',
      'nvme0n1',
      'sda',
      'vdb',
      'dm-0',
      'md127',
      'nvme0n1',
    ]);
    expect(blockNumbers(0x10301)).toBe('259:1');
    expect(blockNumbers(0xfe00)).toBe('254:0');
    expect(['0x02 0x01', '0x0b 0x01', '0x00 0x00', '', '0xff'].map(parseLifeTime)).toEqual([
      20,
      110,
      null,
      null,
      null,
    ]);
  });
});
