/** Which board this is, and which release of Jetson Linux it runs. */
import type { Sysfs } from './sysfs.ts';

/** @returns the device tree's own words, or null for a machine that is no Jetson */
export async function readBoard(sysfs: Sysfs): Promise<string | null> {
  const compatible = (await sysfs.text('proc/device-tree/compatible')) ?? '';
  // The words of `compatible` are parted by zero bytes, which are gone by now.
  if (!compatible.includes('nvidia,tegra')) return null;
  return (await sysfs.text('proc/device-tree/model')) || 'NVIDIA Jetson';
}

export async function readRelease(sysfs: Sysfs): Promise<string | null> {
  return parseRelease((await sysfs.text('etc/nv_tegra_release')) ?? '');
}

/** `# R36 (release), REVISION: 4.3, GCID: …` is release 36.4.3. */
export function parseRelease(text: string): string | null {
  const [, major, revision] = /^#\s*R(\d+)\s*\(release\),\s*REVISION:\s*([\d.]+)/m.exec(text) ?? [];
  return major && revision ? `${major}.${revision}` : null;
}
