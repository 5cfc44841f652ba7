/** Measurements as people read them, in the units of the wire. What is not known is a dash. */
import { locale } from './words/say.ts';

export const dash = '–';

type Measured = number | null | undefined;

const told = (value: Measured, words: (value: number) => string): string =>
  value === null || value === undefined ? dash : words(value);

const formats = new Map<string, Intl.NumberFormat>();

/** Making one costs a hundred times what using it does, and a list uses thousands. */
function format(value: number, options: Intl.NumberFormatOptions): string {
  const key = `${locale()} ${Object.values(options)}`;
  const kept = formats.get(key) ?? new Intl.NumberFormat(locale(), options);
  formats.set(key, kept);
  return kept.format(value);
}

const unit = (value: number, name: string, digits = 0): string =>
  format(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
const decimals = (value: number, maximumFractionDigits: number): string =>
  format(value, { maximumFractionDigits });

export const share = (permille: Measured): string =>
  told(permille, (value) => format(value / 1000, { style: 'percent', maximumFractionDigits: 0 }));
export const mebibytes = (mib: Measured): string =>
  told(mib, (value) =>
    value < 1_024 ? unit(value, 'megabyte') : unit(value / 1_024, 'gigabyte', value < 10_240 ? 1 : 0),
  );
export const degrees = (milliC: Measured): string =>
  told(milliC, (value) => unit(value / 1000, 'celsius', value < 10_000 ? 1 : 0));
export const watts = (milliW: Measured): string =>
  told(milliW, (value) => `${decimals(value / 1000, value < 10_000 ? 1 : 0)} W`);
export const perSecond = (milli: Measured): string =>
  told(milli, (value) => decimals(value / 1000, value < 100_000 ? 1 : 0));
export const milliseconds = (ms: Measured): string =>
  told(ms, (value) => (value < 1_000 ? `${value} ms` : `${decimals(value / 1_000, 1)} s`));
export const plain = (value: Measured): string => told(value, (known) => decimals(known, 0));
export const kibPerSecond = (kib: Measured): string =>
  told(kib, (value) =>
    value < 1024
      ? unit(value, 'kilobyte-per-second')
      : unit(value / 1024, 'megabyte-per-second', value < 10_240 ? 1 : 0),
  );
export const percentOf = (percent: Measured): string => told(percent, (value) => share(value * 10));

const spans = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** "3 days", "12 min": the largest unit alone, as an eye needs no more. */
export function span(ms: number): string {
  const [divisor, name] = spans.find(([least]) => ms >= least) ?? spans[3];
  return unit(Math.max(0, Math.floor(ms / divisor)), name);
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();

function relativeFormat(language: string): Intl.RelativeTimeFormat {
  const kept =
    relatives.get(language) ?? new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'always' });
  relatives.set(language, kept);
  return kept;
}

/** "12 min ago", "in 3 hours". */
export function relative(at: number, now: number): string {
  const [divisor, name] = spans.find(([least]) => Math.abs(at - now) >= least) ?? spans[3];
  const amount = Math.trunc((at - now) / divisor);
  return relativeFormat(locale()).format(amount === 0 ? -0 : amount, name);
}

/** In the reader's own zone, to the second: an operator lays logs beside it. */
export const moment = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
export const clock = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(at);
