/** For each warning: whether what was seen speaks for it. Two bounds each, so that what stands at one of them doesn't flicker. */
import type { WarningCode } from '@rockpool/protocol/fleet/warnings';
import { type CounterName, type Memory, mayBeOff, readableSensors } from './memory.ts';
import type { Seen } from './seen.ts';

/** `between`: beyond the bound that takes it back, short of the one that raises it. `unknown`: nothing was seen that tells. */
export type Verdict = { is: 'yes'; detail?: string } | { is: 'no' | 'between' | 'unknown' };
export type Judge = (seen: Seen, memory: Memory) => Verdict;

const no: Verdict = { is: 'no' };
const between: Verdict = { is: 'between' };
const unknown: Verdict = { is: 'unknown' };
const yes = (detail?: string): Verdict => (detail === undefined ? { is: 'yes' } : { is: 'yes', detail });

const known = (answer: boolean | null | undefined, detail?: string): Verdict => {
  if (answer === null || answer === undefined) return unknown;
  return answer ? yes(detail) : no;
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const judges: Record<WarningCode, Judge> = {
  'network-lost': ({ readings }) =>
    readings.network.connected === null ? unknown : known(!readings.network.connected),
  'controller-lost': ({ link }) => {
    if (!link) return no;
    return link.controllerThere === null ? unknown : known(!link.controllerThere);
  },
  'spool-growing': ({ link }) => {
    if (!link) return no;
    if (link.controllerThere !== true) return unknown;
    if (link.spooled >= 1_000) return yes(`${link.spooled} reports wait`);
    return link.spooled < 200 ? no : between;
  },
  'spool-dropping': (_seen, memory) => rose(memory, 'dropped', { times: 1, withinMs: hourMs }),

  'clock-wrong': judgeClock,
  'clock-unsynchronised': ({ readings }) =>
    readings.clockSynchronised === null ? unknown : known(!readings.clockSynchronised),
  'certificate-day': (seen, memory) => certificateEnds(seen, memory, 1),
  'certificate-week': (seen, memory) => certificateEnds(seen, memory, 7),
  'certificate-month': (seen, memory) => certificateEnds(seen, memory, 30),
  'posture-missing': ({ posture }) => (posture ? known(!posture.holds, posture.missing.join(', ')) : unknown),

  'disk-read-only': ({ readings }) => known(readings.disk.readOnly),
  'disk-full': ({ readings: { disk } }) => {
    const { totalMiB, freeMiB } = disk;
    if (totalMiB === null || freeMiB === null) return unknown;
    if (freeMiB < 200 || freeMiB < totalMiB * 0.01) return yes(`${freeMiB} MiB free`);
    return freeMiB > 300 && freeMiB > totalMiB * 0.015 ? no : between;
  },
  'disk-filling': ({ readings: { disk } }) => {
    const { totalMiB, freeMiB } = disk;
    if (totalMiB === null || freeMiB === null || totalMiB === 0) return unknown;
    const usedPercent = 100 - (freeMiB / totalMiB) * 100;
    if (usedPercent >= 90) return yes(`${Math.floor(usedPercent)} % used`);
    return usedPercent < 88 ? no : between;
  },
  'disk-worn': ({ readings: { disk } }) =>
    disk.wearPercent === null ? unknown : known(disk.wearPercent >= 90, `${disk.wearPercent} %`),

  'memory-short': ({ readings: { memory } }) => {
    const { totalMiB, availableMiB, stalledPermille } = memory;
    if (availableMiB === null || totalMiB === 0) return unknown;
    const free = availableMiB / totalMiB;
    const stalled = stalledPermille ?? 0;
    if (free < 0.05 || stalled >= 100) return yes(`${availableMiB} of ${totalMiB} MiB available`);
    return free >= 0.08 && stalled < 50 ? no : between;
  },
  'killed-for-memory': (_seen, memory) => rose(memory, 'kills', { times: 1, withinMs: hourMs }),

  'fan-stalled': ({ readings: { jetson } }, { fanTurned }) => {
    if (!jetson || jetson.fanPermille === null || jetson.fanRpm === null) return unknown;
    // The driver is there on boards without a fan too, and tells 0.
    return known(fanTurned && jetson.fanPermille >= 100 && jetson.fanRpm === 0);
  },
  'near-heat-limit': judgeHeat,
  'under-voltage': (_seen, memory) => rose(memory, 'underVoltages', { times: 1, withinMs: hourMs }),
  // Short bursts are usual on a fast power mode; what comes back look after look is not.
  'over-current': ({ readings: { jetson } }, memory) =>
    jetson?.overCurrentNow
      ? yes('a rail stands above its critical limit')
      : rose(memory, 'overCurrents', { times: 3, withinMs: 15 * minuteMs }),
  throttled: ({ readings: { jetson } }) => known(jetson?.throttled),
  'power-mode-changed': ({ readings: { jetson }, powerMode }, memory) => {
    const is = jetson?.nvpmodel ?? null;
    const should = powerMode ?? memory.powerMode?.mode ?? null;
    return is === null || should === null ? unknown : known(is !== should, `${is} in place of ${should}`);
  },
  'sensor-gone': ({ readings }, { sensors }) => {
    const readable = new Set(readableSensors(readings));
    const gone = sensors.filter((name) => !readable.has(name));
    return known(gone.length > 0, gone.join(', '));
  },

  'reboot-loop': judgeReboots,
  'agent-restarting': ({ readings: { uptimeS } }, { starts }) => {
    const lately = starts.filter((startS) => uptimeS - startS < 3_600).length;
    if (lately >= 4) return yes(`${lately} times within the hour`);
    return lately < 2 ? no : between;
  },
  'model-down': ({ model }) => (model ? known(!model.loaded) : unknown),
  'model-restarting': (_seen, memory) => rose(memory, 'modelRestarts', { times: 3, withinMs: hourMs }),
  'gpu-idle': ({ readings: { jetson }, model }) => {
    if (!model || !jetson || jetson.gpuLoadPermille === null) return unknown;
    return known(model.queued > 0 && jetson.gpuLoadPermille < 20, `${model.queued} wait`);
  },
  'self-test-failed': ({ selfTest }) =>
    selfTest ? known(selfTest.failed.length > 0, selfTest.failed.join(', ')) : unknown,
};

/** A counter that was never read tells nothing; one that rose and is silent now has told. */
function rose(memory: Memory, name: CounterName, often: { times: number; withinMs: number }): Verdict {
  const counter = memory.counters[name];
  if (!counter) return unknown;
  const lately = counter.rises.filter((ago) => ago < often.withinMs).length;
  if (lately >= often.times) return yes(`${counter.last} so far`);
  return lately === 0 ? no : between;
}

/** Nothing of ours was written before. */
const firstMs = Date.UTC(2026, 10, 1);
/** Time servers move a clock by this much without anything being wrong. */
const slackMs = hourMs;

/** What a time server keeps is right. Else it mustn't stand before what one vouched for. */
function judgeClock({ nowMs, readings }: Seen, { trustedMs }: Memory): Verdict {
  if (readings.clockSynchronised) return no;
  const isBefore = nowMs < firstMs || nowMs < trustedMs - slackMs;
  return known(isBefore, new Date(nowMs).toISOString().slice(0, 16));
}

function certificateEnds(seen: Seen, memory: Memory, days: number): Verdict {
  if (!seen.link) return no;
  const isClockDoubtful = seen.readings.clockSynchronised === false || judgeClock(seen, memory).is === 'yes';
  if (seen.link.certificateEndsMs === null || isClockDoubtful) return unknown;
  const leftMs = seen.link.certificateEndsMs - seen.nowMs;
  return known(leftMs <= days * dayMs, leftMs < 0 ? 'ended' : `${Math.floor(leftMs / dayMs)} days left`);
}

const nearMilliC = 5_000;
const farMilliC = 10_000;

function judgeHeat({ readings }: Seen, { sensors }: Memory): Verdict {
  const limited = readings.temperatures.filter(({ limitMilliC }) => limitMilliC !== null);
  const read = limited.flatMap(({ zone, milliC, limitMilliC }) =>
    milliC === null || limitMilliC === null ? [] : [{ zone, milliC, limitMilliC }],
  );
  const [worst] = read.sort((a, b) => b.milliC - b.limitMilliC - (a.milliC - a.limitMilliC));
  if (!worst) return unknown;
  const roomMilliC = worst.limitMilliC - worst.milliC;
  const degrees = (milliC: number): string => `${Math.round(milliC / 1_000)} °C`;
  if (roomMilliC <= nearMilliC)
    return yes(`${worst.zone} at ${degrees(worst.milliC)} of ${degrees(worst.limitMilliC)}`);
  if (roomMilliC <= farMilliC) return between;
  // The one that was hot may be the one that can't be read now.
  const readable = new Set(read.map(({ zone }) => zone));
  const isMissing = sensors.some((name) => /therm/i.test(name) && !mayBeOff(name) && !readable.has(name));
  return isMissing ? unknown : no;
}

const shortS = 15 * 60;
const longS = 30 * 60;
const shortRuns = 3;

function judgeReboots({ readings }: Seen, { boots }: Memory): Verdict {
  const [, ...earlier] = boots;
  if (readings.uptimeS >= longS) return no;
  const short = earlier.findIndex(({ ranS }) => ranS >= shortS);
  const inARow = short < 0 ? earlier.length : short;
  if (inARow >= shortRuns) return yes(`${inARow + 1} starts, none before this one ran for 15 minutes`);
  return inARow === 0 ? no : between;
}
