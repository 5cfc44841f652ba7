/** Moments as a query names them: a day on the device's calendar, a date with its time, or milliseconds since 1970. */
import { z } from 'zod';

export const Moment = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  z.string().regex(/^\d{1,15}$/),
]);

/** A day begins with its first moment, and is over with the first of the next. */
export function momentOf(said: string | undefined, edge: 'since' | 'until'): number | undefined {
  if (said === undefined) return undefined;
  if (/^\d+$/.test(said)) return Number(said);
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(said);
  if (!day) return Date.parse(said);
  const [year = 0, month = 0, date = 0] = day.slice(1).map(Number);
  return new Date(year, month - 1, date + (edge === 'until' ? 1 : 0)).getTime();
}

export const momentWords = {
  since: 'said on this day or later: 2026-03-02, 2026-03-02T08:00:00Z, or milliseconds',
  until: 'said on this day or earlier; of a moment, before it',
} as const;
