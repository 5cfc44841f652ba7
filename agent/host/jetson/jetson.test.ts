/** Boards as they show themselves in sysfs, and what is left when a part of it fails. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parseRelease } from './board.ts';
import { parseGpuMemory } from './gpu.ts';
import { type JetsonReadings, openJetson } from './jetson.ts';
import { parseAnswer, parsePowerModes, parseStatus } from './power-mode.ts';
import { openSysfs } from './sysfs.ts';
import { findTemperatures, readTemperatures } from './temperatures.ts';
import { type Board, type Tree, unpack } from './tree.fixture.ts';

let tree: Tree;
afterEach(() => tree?.remove());

async function read(board: Board, change: (tree: Tree) => void = () => undefined): Promise<JetsonReadings> {
  tree = unpack(board);
  change(tree);
  const readings = await openJetson(openSysfs(tree.root)).read();
  if (!readings) throw new Error(`${board} is no Jetson`);
  return readings;
}

async function temperatures(board: Board, change: (tree: Tree) => void = () => undefined) {
  tree = unpack(board);
  change(tree);
  const sysfs = openSysfs(tree.root);
  return await readTemperatures(sysfs, await findTemperatures(sysfs));
}

const railsOf = ({ rails }: JetsonReadings) =>
  Object.fromEntries(rails.map(({ rail, milliW }) => [rail, milliW]));

test('an Orin Nano: all that it tells without root', async () => {
  expect(await read('orin-nano')).toEqual({
    board: 'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super',
    l4t: '36.4.4',
    gpuLoadPermille: 312,
    gpuMemoryMiB: null,
    rails: [
      { rail: 'VDD_IN', milliW: 9310 },
      { rail: 'VDD_CPU_GPU_CV', milliW: 2592 },
      { rail: 'VDD_SOC', milliW: 2404 },
    ],
    overCurrents: 37,
    underVoltages: 0,
    overCurrentNow: false,
    fanPermille: 298,
    fanRpm: 1636,
    nvpmodel: 'MAXN_SUPER',
    nvpmodelDefault: '25W',
    throttled: false,
  });
});

test('an Orin NX with JetPack 5: its GPU by what the device tree calls it, and not the video unit beside it', async () => {
  expect(await read('orin-nx')).toMatchObject({
    l4t: '35.5.0',
    gpuLoadPermille: 47,
    gpuMemoryMiB: 4112,
    overCurrents: null,
    underVoltages: null,
    fanPermille: 0,
    fanRpm: 0,
    nvpmodel: '25W',
  });
});

test('an AGX Orin: two chips with rails, of which those that are not connected are none', async () => {
  const readings = await read('agx-orin');
  expect(railsOf(readings)).toEqual({
    VDD_GPU_SOC: 12723,
    VDD_CPU_CV: 4771,
    VIN_SYS_5V0: 4735,
    VDDQ_VDD2_1V8AO: 1694,
  });
  expect(readings).toMatchObject({ l4t: '39.2.0', overCurrents: 17, gpuLoadPermille: 874, fanRpm: 2140 });
});

test('an AGX Thor: a supply in microwatts, no load of the GPU, and a capped clock that is no throttling', async () => {
  const readings = await read('agx-thor');
  expect(railsOf(readings)).toEqual({ VDD_GPU: 0, VDD_CPU_SOC_MSS: 6504, VIN_SYS_5V0: 6518, VIN: 31500 });
  expect(readings).toMatchObject({ gpuLoadPermille: null, throttled: false, overCurrents: 179 });
});

test('a PC is no Jetson, and has temperatures', async () => {
  expect(await temperatures('pc')).toEqual([
    { zone: 'acpitz', milliC: 27800, limitMilliC: 119000 },
    { zone: 'x86_pkg_temp', milliC: 46000, limitMilliC: null },
    { zone: 'INT3400 Thermal', milliC: 20000, limitMilliC: null },
    { zone: 'nvme', milliC: 38850, limitMilliC: 82850 },
  ]);
  expect(await openJetson(openSysfs(tree.root)).read()).toBeNull();
});

describe('temperatures', () => {
  test('of a block without power, by −256 °C or by a read that fails, are null', async () => {
    const zones = Object.fromEntries((await temperatures('orin-nx')).map((one) => [one.zone, one.milliC]));
    expect(zones).toMatchObject({ 'gpu-thermal': null, 'cv2-thermal': null, 'cpu-thermal': 48843 });
  });

  test('have the first limit at which something is done, not the one of a fan', async () => {
    const zones = Object.fromEntries(
      (await temperatures('agx-orin')).map((one) => [one.zone, one.limitMilliC]),
    );
    expect(zones).toMatchObject({ 'gpu-thermal': 99000, 'tj-thermal': 104500, Tboard_tegra: null });
  });

  test('are found by their type, whatever their numbers are', async () => {
    const before = await temperatures('orin-nano');
    tree.remove();
    const after = await temperatures('orin-nano', ({ root }) => {
      const at = (n: number): string => join(root, `sys/class/thermal/thermal_zone${n}`);
      renameSync(at(0), at(90));
      renameSync(at(8), at(0));
      renameSync(at(90), at(8));
    });
    const byZone = (list: typeof before) => new Map(list.map((one) => [one.zone, one]));
    expect(byZone(after)).toEqual(byZone(before));
  });

  test('of two drives are told apart', async () => {
    const zones = await temperatures('orin-nano', ({ set }) => {
      set('sys/class/hwmon/hwmon7/name', 'nvme\n');
      set('sys/class/hwmon/hwmon7/temp1_input', '51000\n');
    });
    expect(zones.filter(({ zone }) => zone.startsWith('nvme')).map(({ zone }) => zone)).toEqual([
      'nvme',
      'nvme-2',
    ]);
  });

  test('are no more than a report holds', async () => {
    const zones = await temperatures('agx-orin', ({ set }) => {
      for (let n = 20; n < 60; n += 1) set(`sys/class/thermal/thermal_zone${n}/type`, `zone-${n}\n`);
    });
    expect(zones).toHaveLength(16);
  });
});

describe('one part that fails takes no other along', () => {
  const parts: Record<string, { path: string; lost: Partial<JetsonReadings> }> = {
    'the GPU': { path: 'sys/devices/platform', lost: { gpuLoadPermille: null } },
    'the release': { path: 'etc/nv_tegra_release', lost: { l4t: null } },
    'the fan': { path: 'sys/class/hwmon/hwmon2/pwm1', lost: { fanPermille: null } },
    'the tachometer': { path: 'sys/class/hwmon/hwmon0/rpm', lost: { fanRpm: null } },
    'the counters': {
      path: 'sys/class/hwmon/hwmon3/name',
      lost: { overCurrents: null, underVoltages: null },
    },
    'the power mode': { path: 'var/lib/nvpmodel/status', lost: { nvpmodel: null } },
    cooling: {
      path: 'sys/class/thermal/cooling_device',
      lost: { throttled: null },
    },
  };
  test.each(Object.entries(parts))('%s', async (_name, { path, lost }) => {
    const whole = await read('orin-nano');
    tree.remove();
    const broken = await read('orin-nano', ({ set }) => {
      if (path.endsWith('cooling_device'))
        for (let n = 0; n < 12; n += 1) set(`${path}${n}/cur_state`, 'fails');
      else set(path, 'fails');
    });
    expect(broken).toEqual({ ...whole, ...lost });
  });

  test('a rail', async () => {
    const readings = await read('orin-nano', ({ set }) => set('sys/class/hwmon/hwmon1/curr2_input', 'fails'));
    expect(railsOf(readings)).toEqual({ VDD_IN: 9310, VDD_CPU_GPU_CV: null, VDD_SOC: 2404 });
  });
});

test('a sensor that comes and goes is null meanwhile, and itself again after', async () => {
  tree = unpack('orin-nano');
  const jetson = openJetson(openSysfs(tree.root));
  const seen = [];
  for (const content of ['400\n', 'fails', '500\n'] as const) {
    tree.set('sys/devices/platform/gpu.0/load', content);
    seen.push((await jetson.read())?.gpuLoadPermille);
  }
  expect(seen).toEqual([400, null, 500]);
});

test('chips that were numbered anew while we ran are found again', async () => {
  tree = unpack('orin-nano');
  const jetson = openJetson(openSysfs(tree.root));
  const before = await jetson.read();
  renameSync(join(tree.root, 'sys/class/hwmon/hwmon1'), join(tree.root, 'sys/class/hwmon/hwmon11'));
  let after = await jetson.read();
  expect(after?.rails.every(({ milliW }) => milliW === null)).toBe(true);
  for (let looks = 0; looks < 20; looks += 1) after = await jetson.read();
  expect(after?.rails).toEqual(before?.rails);
});

test('an alert of the thermal controller is throttling; a fan at work is none', async () => {
  const type = (readings: JetsonReadings) => readings.throttled;
  expect(
    type(await read('orin-nano', ({ set }) => set('sys/class/thermal/cooling_device0/cur_state', '4\n'))),
  ).toBe(false);
  tree.remove();
  expect(
    type(await read('orin-nano', ({ set }) => set('sys/class/thermal/cooling_device4/cur_state', '1\n'))),
  ).toBe(true);
});

test('a rail above its critical limit is known at once', async () => {
  const readings = await read('orin-nano', ({ set }) =>
    set('sys/class/hwmon/hwmon1/curr1_crit_alarm', '1\n'),
  );
  expect(readings.overCurrentNow).toBe(true);
});

test('where its file is missing nvpmodel is asked, and one that says nothing is no mode', async () => {
  tree = unpack('orin-nano');
  tree.set('var/lib/nvpmodel/status', null);
  const asked = openJetson(openSysfs(tree.root), async () => 'NV Power Mode: 15W\n0\n');
  expect(await asked.read()).toMatchObject({ nvpmodel: '15W' });
  const silent = openJetson(openSysfs(tree.root), async () => undefined);
  expect(await silent.read()).toMatchObject({ nvpmodel: null });
});

test('words of NVIDIA, parsed', () => {
  expect(parseRelease('# R39 (release), REVISION: 2.0, GCID: 45755727, BOARD: generic')).toBe('39.2.0');
  expect(parseRelease('Ubuntu 24.04')).toBeNull();
  expect(parseStatus('pmode:0002 fmode:quiet\n')).toBe(2);
  expect(parseStatus('')).toBeNull();
  expect(
    parsePowerModes('#< POWER_MODEL ID=9 NAME=X >\n< POWER_MODEL ID=0 NAME=15W >\n< PM_CONFIG DEFAULT=0 >'),
  ).toEqual({
    names: new Map([[0, '15W']]),
    default: 0,
  });
  expect(parseAnswer('NVPM WARN: fan mode is not set!\nNV Power Mode: MAXN\n0')).toBe('MAXN');
  expect(parseAnswer('NVPM ERROR: no config')).toBeNull();
  expect(parseGpuMemory('CLIENT PROCESS PID SIZE\nuser node 22 2048K\ntotal                 2048K\n')).toBe(
    2,
  );
  expect(parseGpuMemory('')).toBeNull();
});
