/** What each power rail draws, and how often the board drew too much or got too little. */
import { findHwmon } from './hwmon.ts';
import type { Sysfs } from './sysfs.ts';

export interface RailAt {
  rail: string;
  milliV: string | null;
  milliA: string | null;
  /** A chip that multiplies itself. */
  microW: string | null;
  alarm: string | null;
}

/** Of the ina3221's `in1` to `in7` only three are rails; the others are drops over the shunts, and their sum. */
const channels = [1, 2, 3];

export async function findRails(sysfs: Sysfs): Promise<RailAt[]> {
  const rails: RailAt[] = [];
  for (const chip of await findHwmon(sysfs, (name) => name === 'ina3221')) {
    for (const channel of channels) {
      const rail = await sysfs.text(`${chip}/in${channel}_label`);
      if (rail === null || !isRail(rail)) continue;
      rails.push({
        rail,
        milliV: `${chip}/in${channel}_input`,
        milliA: `${chip}/curr${channel}_input`,
        microW: null,
        alarm: `${chip}/curr${channel}_crit_alarm`,
      });
    }
  }
  // Thor's carrier board measures its whole supply with another chip.
  for (const chip of await findHwmon(sysfs, (name) => name === 'ina238')) {
    const rail = (await sysfs.text(`${chip}/in1_label`)) || 'VIN';
    rails.push({ rail, milliV: null, milliA: null, microW: `${chip}/power1_input`, alarm: null });
  }
  return rails;
}

/** `NC`: not connected. */
const isRail = (label: string): boolean => label !== '' && label !== 'NC' && !label.includes('shunt');

export async function readRail(
  sysfs: Sysfs,
  at: RailAt,
): Promise<{ rail: string; milliW: number | null; isOver: boolean | null }> {
  const alarm = at.alarm === null ? null : await sysfs.number(at.alarm);
  return { rail: at.rail, milliW: await readPower(sysfs, at), isOver: alarm === null ? null : alarm > 0 };
}

async function readPower(sysfs: Sysfs, { milliV, milliA, microW }: RailAt): Promise<number | null> {
  if (microW !== null) {
    const power = await sysfs.number(microW);
    return power === null ? null : Math.round(power / 1000);
  }
  const volts = milliV === null ? null : await sysfs.number(milliV);
  const amperes = milliA === null ? null : await sysfs.number(milliA);
  return volts === null || amperes === null ? null : Math.round((volts * amperes) / 1000);
}

/** Counters of the thermal controller; which of them counts what is the same on Orin and Thor. */
export interface OverCurrentsAt {
  underVoltage: string | null;
  /** Of the average, and of the moment. */
  overCurrent: string[];
}

export async function findOverCurrents(sysfs: Sysfs): Promise<OverCurrentsAt> {
  const [chip] = await findHwmon(sysfs, (name) => name === 'soctherm_oc');
  if (chip === undefined) return { underVoltage: null, overCurrent: [] };
  return {
    underVoltage: `${chip}/oc1_event_cnt`,
    overCurrent: [`${chip}/oc2_event_cnt`, `${chip}/oc3_event_cnt`],
  };
}

export async function readOverCurrents(
  sysfs: Sysfs,
  { underVoltage, overCurrent }: OverCurrentsAt,
): Promise<{ overCurrents: number | null; underVoltages: number | null }> {
  const counts = [];
  for (const path of overCurrent) counts.push(await sysfs.number(path));
  const known = counts.filter((count) => count !== null);
  return {
    overCurrents: known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0),
    underVoltages: underVoltage === null ? null : await sysfs.number(underVoltage),
  };
}
