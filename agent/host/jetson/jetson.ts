/** What a Jetson tells of itself in sysfs. Everything is found by its name, for the numbers of hwmon and zones change with every boot. */

import { readBoard, readRelease } from './board.ts';
import { type FanAt, findFan, readFan } from './fan.ts';
import { findGpuLoad, readGpuLoad, readGpuMemory } from './gpu.ts';
import { type AskPowerMode, readPowerMode } from './power-mode.ts';
import {
  findOverCurrents,
  findRails,
  type OverCurrentsAt,
  type RailAt,
  readOverCurrents,
  readRail,
} from './rails.ts';
import type { Sysfs } from './sysfs.ts';
import { findThrottles, readThrottled } from './throttling.ts';

export interface JetsonReadings {
  board: string;
  l4t: string | null;
  gpuLoadPermille: number | null;
  gpuMemoryMiB: number | null;
  rails: { rail: string; milliW: number | null }[];
  /** Average and momentary together, since the boot. */
  overCurrents: number | null;
  underVoltages: number | null;
  /** Whether a rail stands above its critical limit just now. */
  overCurrentNow: boolean | null;
  fanPermille: number | null;
  fanRpm: number | null;
  nvpmodel: string | null;
  /** What the board is set up to start with. */
  nvpmodelDefault: string | null;
  throttled: boolean | null;
}

interface Layout {
  board: string;
  l4t: string | null;
  gpuLoad: string | null;
  rails: RailAt[];
  overCurrents: OverCurrentsAt;
  fan: FanAt;
  throttles: string[];
}

export interface Jetson {
  /** Null on a machine that is none. */
  read(): Promise<JetsonReadings | null>;
}

/** Where things are changes when a driver is loaded anew: it is looked up again every so many readings. */
const readingsOfLayout = 20;

export function openJetson(sysfs: Sysfs, askPowerMode?: AskPowerMode): Jetson {
  let layout: Layout | null | undefined;
  let readings = 0;
  return {
    async read() {
      if (layout === undefined || readings % readingsOfLayout === 0) layout = await findLayout(sysfs);
      readings += 1;
      return layout && (await readAll(sysfs, layout, askPowerMode));
    },
  };
}

async function findLayout(sysfs: Sysfs): Promise<Layout | null> {
  const board = await readBoard(sysfs);
  if (board === null) return null;
  return {
    board,
    l4t: await readRelease(sysfs),
    gpuLoad: await findGpuLoad(sysfs),
    rails: await findRails(sysfs),
    overCurrents: await findOverCurrents(sysfs),
    fan: await findFan(sysfs),
    throttles: await findThrottles(sysfs),
  };
}

async function readAll(sysfs: Sysfs, layout: Layout, ask?: AskPowerMode): Promise<JetsonReadings> {
  const rails = [];
  for (const rail of layout.rails) rails.push(await readRail(sysfs, rail));
  return {
    board: layout.board,
    l4t: layout.l4t,
    gpuLoadPermille: await readGpuLoad(sysfs, layout.gpuLoad),
    gpuMemoryMiB: await readGpuMemory(sysfs),
    rails: rails.map(({ rail, milliW }) => ({ rail, milliW })),
    ...(await readOverCurrents(sysfs, layout.overCurrents)),
    overCurrentNow: anyOf(rails.map(({ isOver }) => isOver)),
    ...(await readFan(sysfs, layout.fan)),
    ...(await readPowerMode(sysfs, ask)),
    throttled: await readThrottled(sysfs, layout.throttles),
  };
}

/** One that is surely so is enough; none that is known, and nothing is. */
export function anyOf(answers: readonly (boolean | null)[]): boolean | null {
  const known = answers.filter((one) => one !== null);
  return known.length === 0 ? null : known.includes(true);
}
