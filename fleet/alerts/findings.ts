/** What is wrong at this moment with what a controller knows of its devices. Pure, and without memory: `rules.ts` has that. */
import { controllerAlerts } from '@rockpool/protocol/fleet/alerts';
import type { WarningSeverity } from '@rockpool/protocol/fleet/warnings';
import { isOfDevice, visibleAfterMs } from './codes.ts';

/** A device, as far as it matters here. */
export interface Seen {
  name: string;
  /** What it is grouped by, such as its branch; null for a device without that label. */
  group: string | null;
  /** By a label, for maintenance: nobody wants to hear of it. */
  isSilenced: boolean;
  presence: 'online' | 'degraded' | 'flapping' | 'offline' | 'never';
  /** Since when; for one that was never heard of, since it was enrolled. */
  since: number;
  /** What it said last that is raised on it. */
  warnings: readonly { code: string; severity: WarningSeverity; detail?: string | undefined }[];
  /** Its clock less ours. */
  skewMs: number | null;
  clonedAt: number | null;
  auditForkAt: number | null;
  /** Of the last day, without those that succeeded afterwards; the newest first. */
  failedCommands: readonly { name: string; says: string | null }[];
}

export interface Finding {
  code: string;
  severity: WarningSeverity;
  /** A device's name, or `branch=leeds`. */
  subject: string;
  devices: readonly string[];
  detail: string | null;
}

export interface Findings {
  found: Finding[];
  /** Whether enough is known to say that what isn't found is over. */
  isKnown(code: string, subject: string): boolean;
}

export const wholeFleet = 'fleet=all';
const skewMostMs = 5 * 60_000;
const manyFailed = 3;

export function findingsOf(seen: readonly Seen[], now: number, groupBy: string): Findings {
  const byName = new Map(seen.map((one) => [one.name, one]));
  return {
    found: [...outages(seen, now, groupBy), ...seen.flatMap((one) => ofOne(one, now))],
    isKnown(code, subject) {
      const one = byName.get(subject);
      // Gone from the fleet, or a group, of which the controller itself sees all there is to see.
      if (!one) return true;
      const isFromDevice = isOfDevice(code) || code === 'clock-skew';
      return !isFromDevice || one.presence === 'online' || one.presence === 'flapping';
    },
  };
}

function ofOne(one: Seen, now: number): Finding[] {
  const { name, presence, since } = one;
  const finding = (code: keyof typeof controllerAlerts, detail: string | null = null): Finding => ({
    ...{ code, severity: controllerAlerts[code].severity, subject: name, devices: [name], detail },
  });
  const found: Finding[] = one.warnings.map(({ code, severity, detail }) => ({
    ...{ code, severity, subject: name, devices: [name], detail: detail ?? null },
  }));
  const code = codeOfPresence[presence];
  if (code && now - since >= visibleAfterMs(code)) found.push(finding(code));
  if (one.skewMs !== null && Math.abs(one.skewMs) > skewMostMs)
    found.push(finding('clock-skew', inWords(one.skewMs)));
  // Both stay until an operator has looked, which takes the mark away.
  if (one.clonedAt !== null) found.push(finding('cloned'));
  if (one.auditForkAt !== null) found.push(finding('audit-fork'));
  const [last] = one.failedCommands;
  if (last) {
    const { length } = one.failedCommands;
    const says = `${last.name}: ${last.says ?? 'no reason given'}${length > 1 ? ` (and ${length - 1} more)` : ''}`;
    const severity = length >= manyFailed ? 'warning' : 'notice';
    found.push({ ...finding('commands-failed', says.slice(0, 400)), severity });
  }
  return found;
}

const codeOfPresence = {
  online: null,
  degraded: 'degraded',
  flapping: 'flapping',
  offline: 'offline',
  never: 'never-heard',
} as const satisfies Record<Seen['presence'], keyof typeof controllerAlerts | null>;

/**
 * A group is out as soon as the first of it would be told of, when none of it is left: nobody waits until the last one of
 * twelve was missed for long enough too, and hears of eleven in between.
 */
function outages(seen: readonly Seen[], now: number, groupBy: string): Finding[] {
  const heard = seen.filter(({ presence, isSilenced }) => presence !== 'never' && !isSilenced);
  const groups = Map.groupBy(heard, ({ group }) => group);
  const found = [...groups].flatMap(([group, members]) =>
    group !== null && members.length > 1 && isOut(members, now, visibleAfterMs('site-offline'))
      ? outage('site-offline', `${groupBy}=${group}`, members)
      : [],
  );
  const isAll = groups.size > 1 && isOut(heard, now, visibleAfterMs('fleet-offline'));
  return isAll ? [...found, outage('fleet-offline', wholeFleet, heard)] : found;
}

const isOut = (members: readonly Seen[], now: number, afterMs: number): boolean =>
  members.every(({ presence }) => presence === 'offline') &&
  members.some(({ since }) => now - since >= afterMs);

const outage = (
  code: 'site-offline' | 'fleet-offline',
  subject: string,
  members: readonly Seen[],
): Finding => ({
  ...{ code, severity: controllerAlerts[code].severity, subject },
  ...{ devices: members.map(({ name }) => name).sort(), detail: `${members.length} devices` },
});

function inWords(skewMs: number): string {
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const span =
    minutes < 120
      ? `${minutes} minutes`
      : minutes < 2_880
        ? `${Math.round(minutes / 60)} hours`
        : `${Math.round(minutes / 1_440)} days`;
  return `${span} ${skewMs > 0 ? 'ahead' : 'behind'}`;
}
