/** The machine that this process runs on; in tests a tree that stands for one. */

import { readBoard, readRelease } from '../../host/jetson/board.ts';
import { openJetson } from '../../host/jetson/jetson.ts';
import type { AskPowerMode } from '../../host/jetson/power-mode.ts';
import { openSysfs, type Sysfs, type SysfsOptions } from '../../host/jetson/sysfs.ts';
import { findTemperatures, readTemperatures, type TemperatureAt } from '../../host/jetson/temperatures.ts';
import { readDisk } from './disk.ts';
import {
  isClockSynchronised,
  isConnected,
  openCpuLoad,
  openTrafficRate,
  parseKills,
  parseStalled,
  parseTicks,
  parseTraffic,
  parseUptime,
} from './kernel.ts';
import type { Machine, Readings } from './machine.ts';
import { readMemory } from './systeminformation.ts';

export interface HostMachineOptions {
  /** The data folder, whose disk is watched. */
  home: string;
  /** `/` when left out. */
  root?: string;
  askPowerMode?: AskPowerMode;
  /** `yes` or `no`, where no file tells whether the clock is kept. */
  askClock?: () => Promise<boolean | undefined>;
  sysfs?: SysfsOptions;
  /** Milliseconds that only go forward. */
  monoMs?: () => number;
}

/** Where zones are, and what only a program can tell, is asked again every so many looks. */
const looksOfLayout = 20;

export function openHostMachine({
  home,
  root = '/',
  askPowerMode,
  askClock,
  sysfs: options,
  monoMs = () => performance.now(),
}: HostMachineOptions): Machine {
  const sysfs = openSysfs(root, options);
  const jetson = openJetson(sysfs, askPowerMode);
  const cpuLoad = openCpuLoad();
  const trafficRate = openTrafficRate();
  let looks = 0;
  let zones: TemperatureAt[] = [];
  let askedClock: boolean | undefined;

  return {
    async read(): Promise<Readings> {
      if (looks % looksOfLayout === 0) {
        zones = await findTemperatures(sysfs);
        askedClock = await askClock?.();
      }
      looks += 1;
      const ticks = parseTicks((await sysfs.text('proc/stat')) ?? '');
      const memory = await readMemory();
      const vmstat = (await sysfs.text('proc/vmstat')) ?? '';
      const pressure = (await sysfs.text('proc/pressure/memory')) ?? '';
      return {
        boot: (await sysfs.text('proc/sys/kernel/random/boot_id')) ?? 'unknown',
        uptimeS: parseUptime(`${await sysfs.text('proc/uptime')} `) ?? 0,
        cpu: { cores: ticks?.cores ?? 0, loadPermille: cpuLoad(ticks) },
        memory: { ...memory, stalledPermille: parseStalled(pressure), kills: parseKills(vmstat) },
        disk: await readDisk(home, sysfs),
        temperatures: await readTemperatures(sysfs, zones),
        network: {
          ...trafficRate(parseTraffic((await sysfs.text('proc/net/dev')) ?? ''), monoMs()),
          connected: await isConnected(sysfs),
        },
        clockSynchronised: (await isClockSynchronised(sysfs)) ?? askedClock ?? null,
        jetson: await jetson.read(),
      };
    },
    system: () => readSystem(sysfs),
  };
}

/** `Ubuntu 24.04.1 LTS, Jetson Linux 39.2.0`, or the kernel's release where there is no Jetson Linux. */
async function readSystem(sysfs: Sysfs): Promise<string> {
  const os = (await sysfs.text('etc/os-release')) ?? (await sysfs.text('usr/lib/os-release')) ?? '';
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(os)?.[1] || 'Linux';
  const l4t = (await readBoard(sysfs)) === null ? null : await readRelease(sysfs);
  const kernel = await sysfs.text('proc/sys/kernel/osrelease');
  const second = l4t === null ? kernel && `Linux ${kernel}` : `Jetson Linux ${l4t}`;
  return [name, second].filter(Boolean).join(', ').slice(0, 128);
}
