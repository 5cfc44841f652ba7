/** The power mode that NVIDIA's nvpmodel set, by the file that it keeps; where that can't be read, it may be asked. */
import type { Sysfs } from './sysfs.ts';

/** `nvpmodel -q`, or undefined when it doesn't answer. */
export type AskPowerMode = () => Promise<string | undefined>;

export async function readPowerMode(
  sysfs: Sysfs,
  ask?: AskPowerMode,
): Promise<{ nvpmodel: string | null; nvpmodelDefault: string | null }> {
  const modes = parsePowerModes((await sysfs.text('etc/nvpmodel.conf')) ?? '');
  const id = parseStatus((await sysfs.text('var/lib/nvpmodel/status')) ?? '');
  const named = id === null ? null : (modes.names.get(id) ?? String(id));
  return {
    nvpmodel: named ?? parseAnswer((await ask?.()) ?? ''),
    nvpmodelDefault: modes.default === null ? null : (modes.names.get(modes.default) ?? null),
  };
}

/** `pmode:0002 fmode:quiet` */
export function parseStatus(text: string): number | null {
  const id = /\bpmode:\s*(\d{1,4})\b/.exec(text)?.[1];
  return id === undefined ? null : Number(id);
}

/** `< POWER_MODEL ID=2 NAME=MAXN_SUPER >` for each mode, and `< PM_CONFIG DEFAULT=1 >`. */
export function parsePowerModes(text: string): { names: Map<number, string>; default: number | null } {
  const names = [...text.matchAll(/^\s*<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=([^\s>]+)/gm)];
  const start = /^\s*<\s*PM_CONFIG\s+DEFAULT=(\d+)/m.exec(text)?.[1];
  return {
    names: new Map(names.map(([, id, name]) => [Number(id), name ?? ''])),
    default: start === undefined ? null : Number(start),
  };
}

/** `NV Power Mode: MAXN`, and the number in the next line. */
export const parseAnswer = (text: string): string | null =>
  /^(?:NVPM VERB: )?.*NV Power Mode:\s*(\S+)/m.exec(text)?.[1] ?? null;
