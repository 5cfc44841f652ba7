/** Whether the board slows itself down for heat. */
import type { Sysfs } from './sysfs.ts';

const folder = 'sys/class/thermal';

/** A fan is a cooling device too, and its state says nothing of this. */
const isAlert = (type: string): boolean => type.endsWith('-alert');
const isCap = (type: string): boolean => /^(thermal-)?(cpufreq|devfreq)-/.test(type);

/** @returns where the states stand; on a board that has them, only the alerts: caps there are moved for other reasons too */
export async function findThrottles(sysfs: Sysfs): Promise<string[]> {
  const alerts: string[] = [];
  const caps: string[] = [];
  for (const entry of await sysfs.list(folder)) {
    if (!entry.startsWith('cooling_device')) continue;
    const type = (await sysfs.text(`${folder}/${entry}/type`)) ?? '';
    if (isAlert(type)) alerts.push(`${folder}/${entry}/cur_state`);
    if (isCap(type)) caps.push(`${folder}/${entry}/cur_state`);
  }
  return alerts.length > 0 ? alerts : caps;
}

export async function readThrottled(sysfs: Sysfs, throttles: readonly string[]): Promise<boolean | null> {
  let known = false;
  for (const path of throttles) {
    const state = await sysfs.number(path);
    if (state !== null && state > 0) return true;
    known ||= state !== null;
  }
  return known ? false : null;
}
