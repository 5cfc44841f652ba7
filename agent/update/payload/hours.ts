/** When bytes may come, how fast, and when releases may start: windows by cron expressions, in the device's own time. */
import type { UpdateSettings, Windows } from '@rockpool/protocol/update/order';
import { type Calendar, calendar } from '../../host/cron.ts';
import type { Hours } from '../parts.ts';

interface Window {
  starts: Calendar;
  ms: number;
}

const hourMs = 3_600_000;
/** Of a window that opens on the 29th of February there are eight years between two, at most. */
const farthestDays = 8 * 366 + 1;

/** No windows: always. @throws CronError for what is no expression */
export function createHours(settings: UpdateSettings): Hours {
  const fetch = settings.fetch?.map(windowOf) ?? [];
  const activate = settings.activate?.map(windowOf) ?? [];
  return {
    mayFetch: (at) => fetch.length === 0 || fetch.some((window) => isOpen(window, at)),
    mayActivate: (at) => activate.length === 0 || activate.some((window) => isOpen(window, at)),
    nextActivation: (at) => (activate.length === 0 ? at : nextOpen(activate, at)),
  };
}

/** Bytes a second from afar; 0: as fast as it goes. @throws CronError */
export function createRate(settings: UpdateSettings): (at: number) => number {
  const slow = settings.slow?.map(windowOf) ?? [];
  const usual = (settings.rateKiBps ?? 0) * 1024;
  const less = (settings.slowKiBps ?? settings.rateKiBps ?? 0) * 1024;
  return (at) => (slow.some((window) => isOpen(window, at)) ? less : usual);
}

const windowOf = ({ cron, minutes }: Windows[number]): Window => ({
  starts: calendar(cron),
  ms: minutes * 60_000,
});

/** It may have opened yesterday, and a day may have 25 hours. */
function isOpen({ starts, ms }: Window, at: number): boolean {
  return daysAround(at, -2, 0).some((day) => starts(day).some((start) => start <= at && at < start + ms));
}

function nextOpen(windows: readonly Window[], at: number): number | null {
  if (windows.some((window) => isOpen(window, at))) return at;
  for (let days = 0; days < farthestDays; days += 1) {
    const [day] = daysAround(at, days, days);
    const starts = windows.flatMap((window) => (day ? window.starts(day) : [])).filter((start) => start > at);
    if (starts.length > 0) return Math.min(...starts);
  }
  return null;
}

/** At noon, which no change of the clocks removes. */
function daysAround(at: number, first: number, last: number): Date[] {
  const noon = new Date(at);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const day = new Date(noon.getFullYear(), noon.getMonth(), noon.getDate() + first + i);
    return new Date(day.getTime() + 12 * hourMs);
  });
}
