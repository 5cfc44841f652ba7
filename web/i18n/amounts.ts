/** Times, sizes and shares as people read them. */
import { locale, t } from './speech.ts';

const dayMs = 86_400_000;

export function dayAndTime(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

export function day(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(at);
}

/** "3 minutes ago" while that is easier to grasp than a date. */
export function ago(at: number, now = Date.now()): string {
  const passedMs = now - at;
  if (passedMs > 6 * dayMs) return day(at);
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (passedMs >= dayMs) return words.format(-Math.round(passedMs / dayMs), 'day');
  if (passedMs >= 3_600_000) return words.format(-Math.round(passedMs / 3_600_000), 'hour');
  const minutes = Math.round(passedMs / 60_000);
  return minutes < 1 ? t('time.now') : words.format(-minutes, 'minute');
}

export function span(seconds: number): string {
  const unit = seconds < 90 ? 'second' : 'minute';
  const value = Math.max(1, Math.ceil(unit === 'second' ? seconds : seconds / 60));
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

const units = [
  ['gigabyte', 2 ** 30, 'short'],
  ['megabyte', 2 ** 20, 'short'],
  ['kilobyte', 2 ** 10, 'short'],
  ['byte', 1, 'long'],
] as const;

export function size(bytes: number): string {
  const [unit, divisor, unitDisplay] = units.find(([, least]) => bytes >= least) ?? units[3];
  const maximumFractionDigits = divisor > 1 && bytes / divisor < 10 ? 1 : 0;
  const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits } as const;
  return new Intl.NumberFormat(locale(), options).format(bytes / divisor);
}

export const percent = (share: number): string =>
  new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share);
export const number = (n: number): string => new Intl.NumberFormat(locale()).format(n);

/** Morning until noon, evening from six. */
export function partOfDay(now = new Date()): 'morning' | 'afternoon' | 'evening' {
  const hour = now.getHours();
  if (hour >= 5 && hour < 12) return 'morning';
  return hour >= 12 && hour < 18 ? 'afternoon' : 'evening';
}
