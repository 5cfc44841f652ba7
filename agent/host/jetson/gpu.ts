/** How busy the GPU is. On a Jetson it shares the machine's memory, so there is no other figure of its own for everybody to read. */
import type { Sysfs } from './sysfs.ts';

/** JetPack 6 and 7.2 on Orin; the others by what the device tree calls the device behind devfreq. */
const usual = ['sys/devices/platform/gpu.0/load', 'sys/devices/platform/bus@0/17000000.gpu/load'];
/** What NVIDIA's integrated GPUs are called there: Xavier, TX2, Orin, Thor, and Orin again since JetPack 6. */
const names = new Set(['gv11b', 'gp10b', 'ga10b', 'gb10b', 'gpu']);

export async function findGpuLoad(sysfs: Sysfs): Promise<string | null> {
  for (const path of usual) if ((await sysfs.number(path)) !== null) return path;
  for (const device of await sysfs.list('sys/class/devfreq')) {
    const at = `sys/class/devfreq/${device}/device`;
    const name = await sysfs.text(`${at}/of_node/name`);
    if (name !== null && names.has(name) && (await sysfs.number(`${at}/load`)) !== null) return `${at}/load`;
  }
  // Thor tells it to nvidia-smi only, which starts a program at every look.
  return null;
}

/** The kernel counts in thousandths. */
export async function readGpuLoad(sysfs: Sysfs, path: string | null): Promise<number | null> {
  const load = path === null ? null : await sysfs.number(path);
  return load === null || load < 0 || load > 1000 ? null : load;
}

/** Only root may read it; anybody else gets null. */
export async function readGpuMemory(sysfs: Sysfs): Promise<number | null> {
  return parseGpuMemory((await sysfs.text('sys/kernel/debug/nvmap/iovmm/clients')) ?? '');
}

/** Its last line is `total 1234K`. */
export function parseGpuMemory(text: string): number | null {
  const kiB = /^total\s+(\d+)K\s*$/m.exec(text)?.[1];
  return kiB === undefined ? null : Math.round(Number(kiB) / 1024);
}
