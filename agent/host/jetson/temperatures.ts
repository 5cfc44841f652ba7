/** Temperatures by the type of their zone, on any machine that runs Linux. */
import { findHwmon } from './hwmon.ts';
import type { Sysfs } from './sysfs.ts';

export interface TemperatureAt {
  zone: string;
  path: string;
  limitMilliC: number | null;
}

export interface Temperature {
  zone: string;
  milliC: number | null;
  limitMilliC: number | null;
}

/** More than any board has; what a report may hold. */
const zonesAtMost = 16;

/** A chip's own die; on Jetsons it is a constant. */
const isPointless = (type: string): boolean => /pmic/i.test(type);

export async function findTemperatures(sysfs: Sysfs): Promise<TemperatureAt[]> {
  const zones: TemperatureAt[] = [];
  for (const entry of await sysfs.list('sys/class/thermal')) {
    if (!entry.startsWith('thermal_zone')) continue;
    const at = `sys/class/thermal/${entry}`;
    const zone = await sysfs.text(`${at}/type`);
    if (!zone || isPointless(zone)) continue;
    zones.push({ zone, path: `${at}/temp`, limitMilliC: await findLimit(sysfs, at) });
  }
  for (const chip of await findHwmon(sysfs, (name) => name === 'nvme')) {
    const limit = await sysfs.number(`${chip}/temp1_max`);
    zones.push({ zone: 'nvme', path: `${chip}/temp1_input`, limitMilliC: plausible(limit) });
  }
  return numbered(zones).slice(0, zonesAtMost);
}

/** The lowest temperature at which something is done against it, other than turning a fan. */
async function findLimit(sysfs: Sysfs, zone: string): Promise<number | null> {
  const limits: { type: string; milliC: number }[] = [];
  for (const entry of await sysfs.list(zone)) {
    const trip = /^trip_point_\d+/.exec(entry)?.[0];
    if (trip === undefined || entry !== `${trip}_temp`) continue;
    const type = await sysfs.text(`${zone}/${trip}_type`);
    const milliC = plausible(await sysfs.number(`${zone}/${trip}_temp`));
    // A trip that nobody uses stands at 0 or below.
    if (type !== null && milliC !== null && milliC > 0) limits.push({ type, milliC });
  }
  const slowing = limits.filter(({ type }) => type === 'passive' || type === 'hot');
  const ending = limits.filter(({ type }) => type === 'critical');
  const [first] = (slowing.length > 0 ? slowing : ending).map(({ milliC }) => milliC).sort((a, b) => a - b);
  return first ?? null;
}

/** Two zones of one type are told apart: `nvme` and `nvme-2`. */
function numbered(zones: readonly TemperatureAt[]): TemperatureAt[] {
  const seen = new Map<string, number>();
  return zones.map((one) => {
    const count = (seen.get(one.zone) ?? 0) + 1;
    seen.set(one.zone, count);
    return count === 1 ? one : { ...one, zone: `${one.zone}-${count}` };
  });
}

export async function readTemperatures(
  sysfs: Sysfs,
  zones: readonly TemperatureAt[],
): Promise<Temperature[]> {
  const read: Temperature[] = [];
  for (const { zone, path, limitMilliC } of zones) {
    read.push({ zone, milliC: plausible(await sysfs.number(path)), limitMilliC });
  }
  return read;
}

/** −256 °C is what a zone says whose block has no power, and 0 K or the sun is what a driver says that failed. */
const plausible = (milliC: number | null): number | null =>
  milliC !== null && milliC > -60_000 && milliC < 250_000 ? milliC : null;
