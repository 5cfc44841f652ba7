/** The fan: what it is told, and what it does. The two often stand in two nodes. */
import { findHwmon } from './hwmon.ts';
import type { Sysfs } from './sysfs.ts';

export interface FanAt {
  pwm: string | null;
  rpm: string | null;
}

/** 255 is all that it can. */
const fullPwm = 255;

export async function findFan(sysfs: Sysfs): Promise<FanAt> {
  const chips = await findHwmon(sysfs, (name) => /^pwm[_-]?(fan|tach)$/.test(name));
  return {
    pwm: await firstReadable(sysfs, chips, ['pwm1']),
    rpm: await firstReadable(sysfs, chips, ['rpm', 'fan1_input']),
  };
}

async function firstReadable(sysfs: Sysfs, chips: readonly string[], files: readonly string[]) {
  for (const chip of chips) {
    for (const file of files) if ((await sysfs.number(`${chip}/${file}`)) !== null) return `${chip}/${file}`;
  }
  return null;
}

export async function readFan(
  sysfs: Sysfs,
  { pwm, rpm }: FanAt,
): Promise<{ fanPermille: number | null; fanRpm: number | null }> {
  const told = pwm === null ? null : await sysfs.number(pwm);
  return {
    fanPermille: told === null ? null : Math.round((told * 1000) / fullPwm),
    fanRpm: rpm === null ? null : await sysfs.number(rpm),
  };
}
