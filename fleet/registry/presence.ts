/** Whether a device is there: by when we heard of it and how often it came and went, never by what its clock says. */
import type { DeviceStateRow } from './reported-tables.ts';

export type SeenPresence = DeviceStateRow['presence'];
export type Signs = Pick<
  DeviceStateRow,
  'presence' | 'seen_at' | 'connected' | 'connected_at' | 'health_at' | 'heartbeat_s' | 'births'
>;

/** Of each heartbeat interval. */
const lateAfter = 2.5;
const goneAfter = 5;
/** A connection that ended may be followed by the next, for which devices spread over half a minute; nobody needs to hear of that. */
const graceMs = 35_000;
const flappingMs = 10 * 60_000;
/** It begins above the first number and ends below the second, so that it doesn't itself flap. */
const comingsMost = 4;
const comingsCalm = 2;

/** Births as they stand in the row. */
export type Birth = readonly [at: number, boot: string];
export const birthsOf = (row: Pick<DeviceStateRow, 'births'>): Birth[] => JSON.parse(row.births) as Birth[];

/** @param listeningSince while no controller listened, silence said nothing */
export function presenceOf(signs: Signs, now: number, listeningSince: number): SeenPresence {
  const interval = signs.heartbeat_s * 1_000;
  const heard = Math.max(signs.seen_at, listeningSince);
  const left = signs.connected === 0 && now - Math.max(signs.connected_at, signs.seen_at) >= graceMs;
  if (left || now - heard >= goneAfter * interval) return 'offline';
  if (isFlapping(signs, now)) return 'flapping';
  const beat = Math.max(signs.health_at ?? 0, signs.connected_at, listeningSince);
  return now - beat >= lateAfter * interval ? 'degraded' : 'online';
}

function isFlapping(signs: Signs, now: number): boolean {
  const comings = birthsOf(signs).filter(([at]) => now - at < flappingMs && at <= now).length;
  return comings > (signs.presence === 'flapping' ? comingsCalm : comingsMost);
}
