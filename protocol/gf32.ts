/** Two check symbols of five bits over GF(32): a Reed–Solomon code that finds any two wrong symbols, so any swapped pair. */

/** Powers of the generator 2 in GF(2⁵) modulo x⁵ + x² + 1; 31 of them, then they come round. */
const powers: readonly number[] = Array.from({ length: 30 }).reduce<number[]>(
  (all) => {
    const doubled = (all.at(-1) ?? 1) << 1;
    return [...all, doubled & 32 ? doubled ^ 0b100101 : doubled];
  },
  [1],
);
const logarithms: ReadonlyMap<number, number> = new Map(powers.map((value, exponent) => [value, exponent]));

const power = (exponent: number): number => powers[exponent % 31] ?? 1;
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : power((logarithms.get(a) ?? 0) + (logarithms.get(b) ?? 0));
const inverse = (a: number): number => power(31 - (logarithms.get(a) ?? 0));

/** Two sums that are both zero for a whole code: plain, and weighted by place. Weights differ for up to 31 places. */
const sums = (symbols: readonly number[]): [plain: number, weighted: number] => [
  symbols.reduce((sum, value) => sum ^ value, 0),
  symbols.reduce((sum, value, place) => sum ^ times(value, power(place)), 0),
];

/** @param symbols at most 29 values of 0–31 */
export function checkSymbols(symbols: readonly number[]): [number, number] {
  const [plain, weighted] = sums(symbols);
  const [first, second] = [power(symbols.length), power(symbols.length + 1)];
  const last = times(weighted ^ times(first, plain), inverse(first ^ second));
  return [plain ^ last, last];
}

/**
 * @param symbols with their two check symbols at the end
 * @returns null when they agree; else the one place that would be wrong if only one is, or `several`
 */
export function misfit(symbols: readonly number[]): null | { place: number } | 'several' {
  const [plain, weighted] = sums(symbols);
  if (plain === 0 && weighted === 0) return null;
  if (plain === 0 || weighted === 0) return 'several';
  const place = ((logarithms.get(weighted) ?? 0) - (logarithms.get(plain) ?? 0) + 31) % 31;
  return place < symbols.length ? { place } : 'several';
}
