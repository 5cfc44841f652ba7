/** How this device is, from look to look: measures, judges, remembers over restarts, and tells what changed. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { Posture } from '@rockpool/protocol/posture';
import type { Clock } from '../host/clock.ts';
import { writeFileAtomically } from '../host/files.ts';
import type { Machine, Readings } from './machine/machine.ts';
import type { Pace } from './pace.ts';
import { missingIn } from './posture-watch.ts';
import { compose } from './report.ts';
import type { LinkSeen, ModelSeen, Seen } from './warnings/seen.ts';
import { type Change, firstState, type Raised, raisedIn, WatchState, watch } from './warnings/watch.ts';

export interface HealthParts {
  machine: Machine;
  /** Where what was raised is kept. */
  home: string;
  clock: Clock;
  model(): ModelSeen | null;
  pace(): Pace;
  /** Undefined on a desk, and before the first look. */
  posture(): Posture | undefined;
  /** Null on a device without a controller. */
  link(): LinkSeen | null;
  auditHead(): Promise<{ seq: number; hash: string } | null>;
  updatePhase(): string;
  /** The power mode that was declared for this device; null: none was. */
  powerMode?: string | null;
  /** Each time that a warning is raised or cleared, once, also over restarts. */
  changed(change: Change): void;
  report(error: unknown): void;
  /** Milliseconds that only go forward. */
  monoMs?: () => number;
}

export interface DeviceHealth {
  /** Looks now, or joins the look that is under way. @throws what the machine or the disk throws */
  sample(): Promise<Health>;
  /** What was found last; undefined before the first look. */
  latest(): Health | undefined;
  /** All that is raised, the gravest first. */
  warnings(): Raised[];
  /** What a self-test found; it is judged at the next look. */
  selfTested(failed: readonly string[]): void;
  /** Writes down what is raised. */
  close(): Promise<void>;
}

const fileName = 'warnings.json';
/** How long what is remembered may differ from what is written, while nothing was raised or cleared. */
const saveEveryMs = 10 * 60_000;

export function createHealth(parts: HealthParts): DeviceHealth {
  const { machine, home, clock, monoMs = () => performance.now() } = parts;
  const file = join(home, fileName);
  const life = randomUUID();
  let state = load(file, parts.report);
  let lookedMs: number | null = null;
  let savedMs = monoMs();
  let failed: readonly string[] | undefined;
  let latest: Health | undefined;
  let underWay: Promise<Health> | undefined;

  async function look(): Promise<Health> {
    const readings = await machine.read();
    const auditHead = await parts.auditHead();
    const seen = see(readings);
    const nowMs = monoMs();
    const watched = watch(state, seen, { life, ms: lookedMs === null ? null : nowMs - lookedMs });
    lookedMs = nowMs;
    state = watched.state;
    // Written before it is told: what was told twice is noise, what was never told is a fault.
    if (watched.changes.length > 0 || nowMs - savedMs >= saveEveryMs) save(nowMs);
    for (const change of watched.changes) parts.changed(change);
    latest = compose({
      ...{ seen, auditHead, raised: raisedIn(state) },
      pace: parts.pace(),
      updatePhase: parts.updatePhase(),
    });
    return latest;
  }

  function see(readings: Readings): Seen {
    const posture = parts.posture();
    return {
      nowMs: clock.now(),
      readings: withClockOf(posture, readings),
      model: parts.model(),
      posture: posture ? { holds: posture.holds, missing: missingIn(posture) } : null,
      link: parts.link(),
      selfTest: failed === undefined ? null : { failed },
      powerMode: parts.powerMode ?? null,
    };
  }

  function save(nowMs: number): void {
    savedMs = nowMs;
    try {
      writeFileAtomically(file, JSON.stringify(state));
    } catch (error) {
      // A full disk is a warning of its own; it must not keep that warning from being told.
      parts.report(error);
    }
  }

  return {
    sample() {
      underWay ??= look().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    latest: () => latest,
    warnings: () => raisedIn(state),
    selfTested(names) {
      failed = names;
    },
    async close() {
      await underWay?.catch(parts.report);
      if (lookedMs !== null) save(monoMs());
    },
  };
}

/** An appliance's posture has asked systemd whether the clock is kept; where no file tells, that is the answer. */
function withClockOf(posture: Posture | undefined, readings: Readings): Readings {
  const found = posture?.findings.find(({ code }) => code === 'clock')?.state;
  if (readings.clockSynchronised !== null || found === undefined) return readings;
  return { ...readings, clockSynchronised: found === 'good' };
}

/** What an agent has raised on this device, by its file; for whoever has no agent to ask. */
export const raisedAt = (home: string, report: (error: unknown) => void): Raised[] =>
  raisedIn(load(join(home, fileName), report));

/** One that can't be read was cut off or is of another version: what holds is raised again, and told again. */
function load(file: string, report: (error: unknown) => void): WatchState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) report(error);
    return firstState;
  }
  try {
    return WatchState.parse(JSON.parse(text));
  } catch (cause) {
    report(new Error(`${file} can't be read; what it held is judged anew`, { cause }));
    return firstState;
  }
}
