/** What is kept from look to look, and over restarts: counters, starts, what could once be read. */
import { z } from 'zod';
import type { Readings } from '../machine/machine.ts';
import type { Seen } from './seen.ts';

const Count = z.int().nonnegative();
const Ms = z.number().nonnegative();

const Counter = z.strictObject({
  /** What it counts within: a boot, or a life of the agent. */
  within: z.string(),
  last: Count,
  /** How long ago it was seen to have risen, newest first. */
  rises: z.array(Ms),
});
export type Counter = z.infer<typeof Counter>;

export const counterNames = ['kills', 'overCurrents', 'underVoltages', 'modelRestarts', 'dropped'] as const;
export type CounterName = (typeof counterNames)[number];

export const Memory = z.strictObject({
  counters: z.partialRecord(z.enum(counterNames), Counter),
  /** The last starts of the machine, newest first, and for how long each was seen to run. */
  boots: z.array(z.strictObject({ id: z.string(), ranS: Count })),
  /** Of the agent within this boot, in seconds after it, newest first. */
  starts: z.array(Count),
  /** What could be read once within this boot. */
  sensors: z.array(z.string()),
  /** A tachometer that never told anything has no fan. */
  fanTurned: z.boolean(),
  powerMode: z.strictObject({ mode: z.string(), other: z.string().nullable(), otherMs: Ms }).nullable(),
  /** The last time that a time server vouched for. */
  trustedMs: Count,
});
export type Memory = z.infer<typeof Memory>;

export const nothingRemembered: Memory = {
  counters: {},
  boots: [],
  starts: [],
  sensors: [],
  fanTurned: false,
  powerMode: null,
  trustedMs: 0,
};

/** Longer ago than anybody asks about. */
const risesForMs = 2 * 3_600_000;
const risesAtMost = 32;
const bootsAtMost = 6;
const startsAtMost = 8;
/** A power mode that was kept for so long was meant. */
const powerModeMeantMs = 24 * 3_600_000;

/**
 * @param life of the agent: its counters begin anew with it
 * @param passedMs since the last look of this life; 0 at its first
 */
export function remember(memory: Memory, seen: Seen, life: string, passedMs: number): Memory {
  const { readings } = seen;
  const isSameBoot = memory.boots[0]?.id === readings.boot;
  const sensors = readableSensors(readings);
  return {
    counters: countAll(memory, seen, life, passedMs),
    boots: rememberBoot(memory, readings),
    starts: isSameBoot ? memory.starts : [],
    sensors: isSameBoot ? [...new Set([...memory.sensors, ...sensors])] : sensors,
    fanTurned: memory.fanTurned || (readings.jetson?.fanRpm ?? 0) > 0,
    powerMode: rememberPowerMode(memory.powerMode, readings.jetson?.nvpmodel ?? null, passedMs),
    trustedMs: readings.clockSynchronised ? seen.nowMs : memory.trustedMs,
  };
}

/** Once, at the first look of a life. */
export const rememberStart = (memory: Memory, { uptimeS }: Readings): Memory => ({
  ...memory,
  starts: [uptimeS, ...memory.starts].slice(0, startsAtMost),
});

function countAll(memory: Memory, seen: Seen, life: string, passedMs: number): Memory['counters'] {
  const { boot, memory: ram, jetson } = seen.readings;
  const values: Record<CounterName, { within: string; value: number | null }> = {
    kills: { within: boot, value: ram.kills },
    overCurrents: { within: boot, value: jetson?.overCurrents ?? null },
    underVoltages: { within: boot, value: jetson?.underVoltages ?? null },
    modelRestarts: { within: life, value: seen.model?.restarts ?? null },
    dropped: { within: life, value: seen.link?.dropped ?? null },
  };
  // On a device that was never looked at before, what was counted before is nobody's news.
  const isNew = memory.boots.length === 0;
  const counters: Memory['counters'] = {};
  for (const name of counterNames) {
    const next = count(memory.counters[name], values[name].within, values[name].value, isNew, passedMs);
    if (next) counters[name] = next;
  }
  return counters;
}

function count(
  before: Counter | undefined,
  within: string,
  value: number | null,
  isNew: boolean,
  passedMs: number,
): Counter | undefined {
  const rises = (before?.rises ?? []).map((ago) => ago + passedMs).filter((ago) => ago <= risesForMs);
  if (value === null) return before && { ...before, rises };
  const isAnew = before?.within !== within || value < before.last;
  const from = isAnew ? (isNew && !before ? value : 0) : before.last;
  return { within, last: value, rises: value > from ? [0, ...rises].slice(0, risesAtMost) : rises };
}

function rememberBoot({ boots }: Memory, { boot, uptimeS }: Readings): Memory['boots'] {
  const earlier = boots.filter(({ id }) => id !== boot);
  return [{ id: boot, ranS: uptimeS }, ...earlier].slice(0, bootsAtMost);
}

function rememberPowerMode(
  before: Memory['powerMode'],
  mode: string | null,
  passedMs: number,
): Memory['powerMode'] {
  if (mode === null) return before;
  if (before === null || before.mode === mode) return { mode, other: null, otherMs: 0 };
  const otherMs = before.other === mode ? before.otherMs + passedMs : 0;
  return otherMs >= powerModeMeantMs
    ? { mode, other: null, otherMs: 0 }
    : { mode: before.mode, other: mode, otherMs };
}

/** Of blocks that are switched off when nobody uses them: that nothing is read there says nothing. */
export const mayBeOff = (zone: string): boolean => /^(gpu|cv\d*)-therm/i.test(zone);

export function readableSensors({ temperatures, jetson }: Readings): string[] {
  return [
    ...temperatures.filter(({ zone, milliC }) => milliC !== null && !mayBeOff(zone)).map(({ zone }) => zone),
    ...(jetson?.rails ?? []).filter(({ milliW }) => milliW !== null).map(({ rail }) => rail),
    ...(jetson && jetson.gpuLoadPermille !== null ? ['gpu-load'] : []),
    ...(jetson && jetson.fanRpm !== null ? ['fan'] : []),
  ];
}
