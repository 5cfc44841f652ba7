/** What of a file was asked for: one range of bytes, as RFC 9110 writes it. */

export interface Range {
  start: number;
  /** The last byte, not the one after it. */
  end: number;
}

/** @returns undefined where all of it was asked for; several ranges at once are not satisfied, for whoever asks so is no device */
export function readRange(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  if (header === undefined || !header.startsWith('bytes=')) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? [];
  if (first === '' && last === '') return 'unsatisfiable';
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? 'unsatisfiable' : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? 'unsatisfiable' : { start, end };
}
