/**
 * The one sequence of bytes that stands for a value when it is signed: RFC 8785 for the part of JSON that we sign.
 *
 * Objects with sorted keys, arrays, strings, true, false, null and whole numbers that a double holds exactly. Fractions,
 * -0, lone surrogates, `undefined` and anything with a prototype of its own are refused: two programs might write them
 * differently, or one might not see them at all. Text is signed as it is, composed or not (as RFC 8785 does): changing
 * it would sign what nobody wrote. Names that people compare by eye have to be limited by their schema.
 */

/** `rockpool/enrol/v1`: what is signed for one purpose is worth nothing for another. */
export type Domain = `rockpool/${string}/v${number}`;

/** This value has no canonical bytes, or these bytes are not canonical. */
export class CanonicalError extends Error {
  override readonly name = 'CanonicalError';
}

/** Deeper than anything we sign, and far from the end of the stack. */
const depthLimit = 32;
const domainForm = /^rockpool\/[a-z0-9-]{1,64}\/v[1-9][0-9]{0,3}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a signature is made over: the domain, a zero byte (which no domain holds), the canonical bytes. */
export function signedBytes(domain: Domain, value: unknown): Uint8Array {
  return Buffer.concat([domainPrefix(domain), canonicalBytes(value)]);
}

/** @throws CanonicalError when the name is not of this form: a typo would make signatures that nobody can check */
export function domainPrefix(domain: Domain): Uint8Array {
  if (!domainForm.test(domain)) throw new CanonicalError(`${JSON.stringify(domain)} is no domain`);
  return Buffer.from(`${domain}\0`, 'ascii');
}

/** @throws CanonicalError when it holds what we don't sign */
export const canonicalBytes = (value: unknown): Uint8Array => Buffer.from(canonical(value), 'utf8');

/** @throws CanonicalError when it holds what we don't sign */
export const canonical = (value: unknown): string => written(value, '', 0);

/**
 * Bytes from outside that claim to be canonical. Duplicate keys, spaces, other spellings of a number and all else that
 * could make two readers see two things don't survive being written again.
 * @throws CanonicalError when these are not the canonical bytes of any value
 */
export function parseCanonical(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new CanonicalError('not JSON', { cause });
  }
  // What is refused is written once more, by the function that can say why.
  const again = rewritten(value, 0) ?? canonical(value);
  if (again !== text) throw new CanonicalError('JSON, but not in its canonical form');
  return value;
}

/**
 * The same as `canonical` for what `JSON.parse` made, which has no accessors, holes, symbols or prototypes to look for:
 * several times faster, and a controller reads thousands of these a second.
 * @returns undefined for what `canonical` refuses
 */
function rewritten(value: unknown, depth: number): string | undefined {
  if (depth > depthLimit) return undefined;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const written = rewritten(item, depth + 1);
      if (written === undefined) return undefined;
      text += text === '' ? written : `,${written}`;
    }
    return `[${text}]`;
  }
  const held = value as Readonly<Record<string, unknown>>;
  for (const key of inOrder(Object.keys(held))) {
    const written = rewritten(held[key], depth + 1);
    if (written === undefined || !key.isWellFormed()) return undefined;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${written}`;
  }
  return `{${text}}`;
}

/** What was canonical comes in order, but for keys that look like numbers, which a parser puts first. */
function inOrder(keys: string[]): string[] {
  for (let at = 1; at < keys.length; at += 1) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.sort();
  return keys;
}

function written(value: unknown, path: string, depth: number): string {
  if (depth > depthLimit) throw refused(path, 'is too deep');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writtenText(value, path);
  if (typeof value === 'number') return writtenNumber(value, path);
  if (Array.isArray(value)) {
    // `Array.from` shows the holes of a sparse array as undefined, which is refused.
    const items = Array.from(value as readonly unknown[], (item, at) =>
      written(item, `${path}.${at}`, depth + 1),
    );
    return `[${items.join(',')}]`;
  }
  if (typeof value === 'object') return writtenObject(value, path, depth);
  throw refused(path, `is ${typeof value}`);
}

function writtenObject(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'is not a plain object');
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused(path, 'has a symbol for a key');
  // By UTF-16 code units, which is how sort() compares and what RFC 8785 says.
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return `{${entries
    .map(([key, { value: held, enumerable }]) => {
      // An accessor could answer differently the next time; a hidden key would be signed by nobody.
      if (held === undefined || !enumerable)
        throw refused(`${path}.${key}`, 'is undefined, hidden or computed');
      return `${writtenText(key, `${path}.${key}`)}:${written(held, `${path}.${key}`, depth + 1)}`;
    })
    .join(',')}}`;
}

function writtenText(text: string, path: string): string {
  if (!text.isWellFormed()) throw refused(path, 'has half of a character');
  return JSON.stringify(text);
}

function writtenNumber(value: number, path: string): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    throw refused(path, `is ${value}, not a whole number`);
  return String(value);
}

const refused = (path: string, why: string): CanonicalError =>
  new CanonicalError(`${path === '' ? 'the value' : path.slice(1)} ${why}; it can't be signed`);
