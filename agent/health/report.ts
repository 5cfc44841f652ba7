/** Puts together what is told of a device's health: whole numbers, short names, null for what nobody knows. */
import type { Health } from '@rockpool/protocol/fleet/health';
import type { Readings } from './machine/machine.ts';
import type { Pace } from './pace.ts';
import type { Seen } from './warnings/seen.ts';
import type { Raised } from './warnings/watch.ts';

export interface Told {
  seen: Seen;
  pace: Pace;
  auditHead: { seq: number; hash: string } | null;
  updatePhase: string;
  raised: readonly Raised[];
}

/** Finer than any of these sensors; what is finer still is noise that doesn't deflate. */
const tenthMilliC = 100;
/** As many as a report holds. */
const warningsAtMost = 32;

export function compose({ seen, pace, auditHead, updatePhase, raised }: Told): Health {
  const { readings, model, posture, link, nowMs } = seen;
  return {
    uptimeS: readings.uptimeS,
    cpu: readings.cpu,
    memory: {
      totalMiB: readings.memory.totalMiB,
      availableMiB: readings.memory.availableMiB,
      swapUsedMiB: readings.memory.swapUsedMiB,
    },
    disk: readings.disk,
    temperatures: readings.temperatures.map(({ zone, milliC, limitMilliC }) => ({
      zone: short(zone),
      milliC: milliC === null ? null : Math.round(milliC / tenthMilliC) * tenthMilliC,
      limitMilliC,
    })),
    network: {
      receivedKiBps: readings.network.receivedKiBps,
      sentKiBps: readings.network.sentKiBps,
    },
    jetson: composeJetson(readings),
    model: {
      name: model?.name?.slice(0, 128) ?? null,
      loaded: model?.loaded ?? false,
      active: model?.active ?? 0,
      queued: model?.queued ?? 0,
      ...pace,
    },
    posture: {
      // A desk asks for none, so nothing is missing there.
      holds: posture?.holds ?? true,
      missing: [...(posture?.missing ?? [])],
      certificateDays: daysUntil(link?.certificateEndsMs ?? null, nowMs),
      clockSynchronised: readings.clockSynchronised,
    },
    update: { phase: short(updatePhase) },
    auditHead,
    warnings: raised.slice(0, warningsAtMost),
  };
}

function composeJetson({ jetson }: Readings): Health['jetson'] {
  if (!jetson) return null;
  const { overCurrentNow: _judged, nvpmodelDefault: _settled, ...told } = jetson;
  return {
    ...told,
    board: short(told.board),
    rails: told.rails.slice(0, 16).map((one) => ({ ...one, rail: short(one.rail) })),
  };
}

const short = (name: string): string => name.slice(0, 64);

const dayMs = 86_400_000;

/** Below 0 once it has ended. */
const daysUntil = (endsMs: number | null, nowMs: number): number | null =>
  endsMs === null ? null : Math.floor((endsMs - nowMs) / dayMs);
