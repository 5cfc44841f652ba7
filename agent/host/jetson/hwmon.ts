/** Chips that measure, by the name of their driver. */
import type { Sysfs } from './sysfs.ts';

const classFolder = 'sys/class/hwmon';

/** @returns their folders; several may have one name */
export async function findHwmon(sysfs: Sysfs, isWanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await sysfs.list(classFolder)) {
    const at = `${classFolder}/${entry}`;
    const name = await sysfs.text(`${at}/name`);
    if (name !== null && isWanted(name)) found.push(at);
  }
  return found;
}
