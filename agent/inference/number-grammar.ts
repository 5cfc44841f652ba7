/** Ranges of numbers in llama.cpp's grammar notation, digit by digit. */
import { Refusal } from '@rockpool/protocol/refusal';

interface Bounds {
  least: Bound | undefined;
  most: Bound | undefined;
}

interface Bound {
  at: bigint;
  /** The bound itself is not allowed. */
  open: boolean;
}

const mostDigits = 15;

/** undefined: any integer does. */
export function integerRange(schema: Record<string, unknown>): string | undefined {
  const least = integerBound(schema['minimum'], schema['exclusiveMinimum'], 1n);
  const most = integerBound(schema['maximum'], schema['exclusiveMaximum'], -1n);
  if (least === undefined && most === undefined) return undefined;
  if (least !== undefined && most !== undefined && most < least)
    throw refusal('its range of integers is empty');
  const negative =
    (least ?? -1n) < 0n
      ? [
          `"-" (${naturals(most !== undefined && most < 0n ? -most : 1n, least === undefined ? undefined : -least)})`,
        ]
      : [];
  const positive = (most ?? 1n) >= 0n ? [naturals(least !== undefined && least > 0n ? least : 0n, most)] : [];
  return [...negative, ...positive].join(' | ');
}

/** undefined: any number does. Bounds have to be whole, or digits would not decide. */
export function numberRange(schema: Record<string, unknown>): string | undefined {
  const { least, most } = numberBounds(schema);
  if (!least && !most) return undefined;
  const positive = !most || most.at > 0n || (most.at === 0n && !most.open);
  const negative = !least || least.at < 0n;
  const flip = (bound: Bound | undefined): Bound | undefined => bound && { at: -bound.at, open: bound.open };
  const zero: Bound = { at: 0n, open: false };
  const ways = [
    ...(negative
      ? [`"-" (${decimals(most && most.at < 0n ? flip(most) : { at: 0n, open: true }, flip(least))})`]
      : []),
    ...(positive ? [decimals(least && least.at >= 0n ? least : zero, most)] : []),
  ].filter((way) => !way.includes('()'));
  if (ways.length === 0) throw refusal('its range of numbers is empty');
  return ways.join(' | ');
}

function numberBounds(schema: Record<string, unknown>): Bounds {
  const bound = (closed: unknown, open: unknown): Bound | undefined => {
    const value = open ?? closed;
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw refusal('bounds of a number that are not whole are not supported');
    }
    return { at: BigInt(value), open: open !== undefined };
  };
  return {
    least: bound(schema['minimum'], schema['exclusiveMinimum']),
    most: bound(schema['maximum'], schema['exclusiveMaximum']),
  };
}

/** Decimals from a bound that isn't negative: on it, between, and up to the other. */
function decimals(least: Bound | undefined, most: Bound | undefined): string {
  const from = least ?? { at: 0n, open: false };
  const any = '("." [0-9]{1,15})?';
  const zeros = '("." "0"{1,15})?';
  const some = '"." [0-9]{0,14} [1-9]';
  const ways: string[] = [];
  if (most && most.at === from.at) {
    if (!from.open && !most.open) ways.push(`"${from.at}" ${zeros}`);
    return ways.join(' | ');
  }
  const first = from.open ? from.at + 1n : from.at;
  if (from.open && (!most || from.at < most.at)) ways.push(`"${from.at}" ${some}`);
  const last = most ? most.at - 1n : undefined;
  if (last === undefined || first <= last) ways.push(`(${naturals(first, last)}) ${any}`);
  if (most && !most.open) ways.push(`"${most.at}" ${zeros}`);
  return ways.join(' | ');
}

function integerBound(closed: unknown, open: unknown, step: bigint): bigint | undefined {
  for (const value of [closed, open]) {
    if (value !== undefined && typeof value !== 'number') throw refusal('a bound is no number');
  }
  const round = (value: number): bigint => BigInt(step > 0n ? Math.ceil(value) : Math.floor(value));
  const inside: bigint[] = [];
  if (typeof closed === 'number') inside.push(round(closed));
  if (typeof open === 'number') inside.push(Number.isInteger(open) ? BigInt(open) + step : round(open));
  if (inside.length === 0) return undefined;
  return inside.reduce((a, b) => ((step > 0n ? a > b : a < b) ? a : b));
}

/** Natural numbers from `least` to `most` (no end: up to a number of digits no model should exceed). */
function naturals(least: bigint, most: bigint | undefined): string {
  const low = String(least);
  if (most === undefined) {
    const longer = low.length < mostDigits ? ` | [1-9] [0-9]{${low.length},${mostDigits}}` : '';
    return `${digits(low, '9'.repeat(low.length))}${longer}`;
  }
  const high = String(most);
  if (low.length === high.length) return digits(low, high);
  const ways = [digits(low, '9'.repeat(low.length))];
  if (high.length - low.length > 1) ways.push(`[1-9] [0-9]{${low.length},${high.length - 2}}`);
  ways.push(digits(`1${'0'.repeat(high.length - 1)}`, high));
  return ways.join(' | ');
}

/** All texts of digits between two of the same length. */
function digits(low: string, high: string): string {
  const [a = '', b = ''] = [low[0], high[0]];
  const rest = low.length - 1;
  if (rest < 0) return '""';
  if (rest === 0) return `[${a}-${b}]`;
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const [fromZero, toNine] = [/^0*$/.test(lowRest), /^9*$/.test(highRest)];
  if (a === b) return `"${a}" ${fromZero && toNine ? free(rest) : `(${digits(lowRest, highRest)})`}`;
  const ways: string[] = [];
  if (!fromZero) ways.push(`"${a}" (${digits(lowRest, '9'.repeat(rest))})`);
  const [from, to] = [Number(a) + (fromZero ? 0 : 1), Number(b) - (toNine ? 0 : 1)];
  if (from <= to) ways.push(`[${from}-${to}] ${free(rest)}`);
  if (!toNine) ways.push(`"${b}" (${digits('0'.repeat(rest), highRest)})`);
  return ways.join(' | ');
}

const free = (count: number): string => `[0-9]{${count}}`;

function refusal(why: string): Refusal {
  return new Refusal('bad-request', `This JSON schema can not be enforced: ${why}.`, { param: 'schema' });
}
