/** For tests: a device on which all is well, and what is wrong with it laid over. */
import type { JetsonReadings } from '../../host/jetson/jetson.ts';
import type { Readings } from '../machine/machine.ts';
import type { Seen } from './seen.ts';

/** A day in 2027. */
export const noonMs = Date.UTC(2027, 2, 1, 12);

export const wellJetson: JetsonReadings = {
  board: 'NVIDIA Jetson Orin Nano',
  l4t: '36.4.4',
  gpuLoadPermille: 300,
  gpuMemoryMiB: null,
  rails: [{ rail: 'VDD_IN', milliW: 9_000 }],
  overCurrents: 0,
  underVoltages: 0,
  overCurrentNow: false,
  fanPermille: 300,
  fanRpm: 1_600,
  nvpmodel: '25W',
  nvpmodelDefault: '25W',
  throttled: false,
};

export const wellReadings: Readings = {
  boot: 'boot-1',
  uptimeS: 86_400,
  cpu: { cores: 6, loadPermille: 200 },
  memory: { totalMiB: 7_600, availableMiB: 3_000, swapUsedMiB: 0, stalledPermille: 0, kills: 0 },
  disk: { totalMiB: 100_000, freeMiB: 60_000, wearPercent: 10, readOnly: false },
  temperatures: [{ zone: 'tj-thermal', milliC: 50_000, limitMilliC: 99_000 }],
  network: { receivedKiBps: 10, sentKiBps: 2, connected: true },
  clockSynchronised: true,
  jetson: wellJetson,
};

export const well: Seen = {
  nowMs: noonMs,
  readings: wellReadings,
  model: { name: 'pebble', loaded: true, active: 0, queued: 0, restarts: 0 },
  posture: { holds: true, missing: [] },
  link: {
    controllerThere: true,
    spooled: 3,
    dropped: 0,
    certificateEndsMs: noonMs + 60 * 86_400_000,
  },
  selfTest: { failed: [] },
  powerMode: null,
};

/** What is laid over: parts of parts, whole lists. */
export type Over<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Over<T[K]> }
    : T;

export const seen = (over: Over<Seen> = {}): Seen => merge(well, over) as Seen;

function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nothing could be read of anything. */
export const blind: Seen = {
  nowMs: noonMs,
  readings: {
    boot: 'boot-1',
    uptimeS: 86_400,
    cpu: { cores: 6, loadPermille: null },
    memory: { totalMiB: 7_600, availableMiB: null, swapUsedMiB: null, stalledPermille: null, kills: null },
    disk: { totalMiB: null, freeMiB: null, wearPercent: null, readOnly: null },
    temperatures: [{ zone: 'tj-thermal', milliC: null, limitMilliC: 99_000 }],
    network: { receivedKiBps: null, sentKiBps: null, connected: null },
    clockSynchronised: null,
    jetson: null,
  },
  model: null,
  posture: null,
  link: { controllerThere: null, spooled: 0, dropped: null, certificateEndsMs: null },
  selfTest: null,
  powerMode: null,
};
