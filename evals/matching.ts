/** Whether an answer says a thing, whatever it says around it. */
import type { Value, Wanted } from './cases.ts';

/**
 * Whole words and whole numbers: `12` is not in `4412`, nor `Ann` in `Joanna`. Unless letters count exactly a word may
 * end otherwise, because `deliver` is in `delivers`.
 */
export function says(answer: string, wanted: Wanted, exact = false): boolean {
  if (typeof wanted !== 'string') return wanted.some((one) => says(answer, one, exact));
  const [text, part] = [spell(answer, exact), spell(wanted, exact)];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    if (!touches(text, part, at, exact)) return true;
  }
  return false;
}

function spell(text: string, exact: boolean): string {
  const plain = text.replace(/[\s\u00a0]+/gu, ' ').trim();
  if (exact) return plain.normalize('NFC');
  return plain
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[‐‑‒–—−]/g, '-')
    .replace(/(?<=\p{Script=Han}) | (?=\p{Script=Han})/gu, '')
    .replace(/\*\*|`/g, '');
}

function touches(text: string, part: string, at: number, exact: boolean): boolean {
  const first = [...part][0] ?? '';
  const last = [...part].at(-1) ?? '';
  const before = [...text.slice(0, at)].at(-1) ?? '';
  const after = [...text.slice(at + part.length)][0] ?? '';
  const goesOn = (one: string, other: string): boolean =>
    (isDigit(one) && isDigit(other)) || (isLetter(one) && isLetter(other));
  if (goesOn(first, before)) return true;
  return goesOn(last, after) && (exact || isDigit(last));
}

const isDigit = (char: string): boolean => /^\p{N}$/u.test(char);
/** Of scripts that put spaces between words. */
const isLetter = (char: string): boolean => /^(?!\p{Script=Han})\p{L}$/u.test(char);

/** An argument as it was wanted: texts may differ in capitals, spaces and the stop at the end, nothing else in anything. */
export function equals(found: unknown, wanted: Value): boolean {
  if (isObject(wanted) && 'anyOf' in wanted && Array.isArray(wanted['anyOf']))
    return wanted['anyOf'].some((one) => equals(found, one));
  if (typeof wanted === 'string') return typeof found === 'string' && bare(found) === bare(wanted);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((one, i) => equals(found[i], one))
    );
  }
  if (!isObject(wanted)) return found === wanted;
  if (!isObject(found) || Object.keys(found).length !== Object.keys(wanted).length) return false;
  return Object.entries(wanted).every(([key, value]) => equals(found[key], value));
}

const isObject = (value: unknown): value is Record<string, Value> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const bare = (text: string): string =>
  spell(text, false)
    .replace(/[.。!！]+$/u, '')
    .trim();
