/** Is everything well? The one thing that an operator wants to know first, decided from what the controller counts. */
import type { Alert, Overview } from '@rockpool/protocol/fleet/api';
import { gravity, type Severity } from '../parts/gravity.ts';

export type Verdict =
  | { kind: 'empty' }
  | { kind: 'well'; devices: number }
  | { kind: 'raised'; severity: Severity; alerts: number; oldest: Alert | null }
  /** Not online, and nothing is raised: what raises alerts has not decided yet. */
  | { kind: 'away'; devices: number };

/** @param alerts open ones, not all of them perhaps */
export function verdict(overview: Overview, alerts: readonly Alert[]): Verdict {
  const { counts, openAlerts } = overview;
  const inService = overview.total - counts.revoked;
  const severity = (['critical', 'warning', 'notice'] as const).find((one) => openAlerts[one] > 0);
  if (severity === 'critical' || severity === 'warning') {
    // What somebody has seen is told of only where nothing else is open.
    const [oldest = null] = byUrgency(alerts.filter((alert) => alert.severity === severity));
    return { kind: 'raised', severity, alerts: openAlerts[severity], oldest };
  }
  if (inService === 0) return { kind: 'empty' };
  const away = counts.offline + counts.flapping + counts.degraded;
  if (away > 0) return { kind: 'away', devices: away };
  if (severity) return { kind: 'raised', severity, alerts: openAlerts.notice, oldest: null };
  return { kind: 'well', devices: inService };
}

/** Gravest first, then the longest open; what somebody has seen already comes last. */
export function byUrgency(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort(
    (one, other) =>
      Number(one.acknowledged !== null) - Number(other.acknowledged !== null) ||
      gravity(other.severity) - gravity(one.severity) ||
      one.raisedAt - other.raisedAt,
  );
}

export interface Kind {
  code: string;
  severity: Severity;
  /** The longest open first. */
  alerts: Alert[];
}

/** Twelve devices that are offline are one thing to look at. */
export function byKind(alerts: readonly Alert[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const alert of byUrgency(alerts)) {
    const key = `${alert.severity} ${alert.code}`;
    const kind = kinds.get(key) ?? { code: alert.code, severity: alert.severity, alerts: [] };
    kind.alerts.push(alert);
    kinds.set(key, kind);
  }
  return [...kinds.values()];
}

type Group = Overview['groups'][number];
export type Look = 'well' | 'notice' | 'warning' | 'critical';

/** As grave as its gravest alert; who isn't there is worth a look before any alert says so. */
export function lookOf({ total, online, worst }: Group): Look {
  if (worst === 'critical') return 'critical';
  if (worst === 'warning' || online < total) return 'warning';
  return worst ?? 'well';
}

export const isWell = (group: Group): boolean => ['well', 'notice'].includes(lookOf(group));

/** The gravest first; among equals the one that misses most. */
export function unwell(groups: readonly Group[]): Group[] {
  const rank = { critical: 0, warning: 1, notice: 2, well: 3 };
  return groups
    .filter((group) => !isWell(group))
    .sort(
      (one, other) =>
        rank[lookOf(one)] - rank[lookOf(other)] ||
        other.total - other.online - (one.total - one.online) ||
        (one.value < other.value ? -1 : 1),
    );
}
