/** What a command says: one JSON document or lines for a person on stdout, everything else on stderr. */
import type { Streams } from './parts.ts';

export interface Output {
  readonly json: boolean;
  /** The command's result; `lines` is asked only when a person reads. */
  result(document: unknown, lines: () => string | readonly string[]): void;
  /** A piece of the result as it comes; nothing with `--json`. */
  piece(text: string): void;
  /** What happens meanwhile, or what one should know besides. */
  note(text: string): void;
  /** One line that is drawn over on a terminal; left out elsewhere. */
  progress(text: string | undefined): void;
  dim(text: string): string;
  bold(text: string): string;
}

export function createOutput({ stdout, stderr }: Streams, json: boolean): Output {
  const coloured = stdout.isTTY === true && !process.env['NO_COLOR'];
  const paint = (code: number, text: string): string => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const clear = (): void => {
    if (stderr.isTTY) stderr.write('\r\x1b[K');
  };
  return {
    json,
    result(document, lines) {
      if (json) stdout.write(`${JSON.stringify(document)}\n`);
      else for (const line of [lines()].flat()) stdout.write(`${harmless(line)}\n`);
    },
    piece(text) {
      if (!json) stdout.write(harmless(text));
    },
    note(text) {
      clear();
      stderr.write(`${harmless(text)}\n`);
    },
    progress(text) {
      clear();
      if (text !== undefined && stderr.isTTY)
        stderr.write(harmless(text).slice(0, (stderr.columns ?? 80) - 1));
    },
    dim: (text) => paint(2, text),
    bold: (text) => paint(1, text),
  };
}

/** Our own paint, and what else a terminal obeys: it can rewrite lines, titles and the clipboard, or turn text around. */
const obeyed = /(\x1b\[[012]m)|[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text, a name or an answer that somebody else wrote shows and orders nothing. */
const harmless = (text: string): string => text.replace(obeyed, (_, paint?: string) => paint ?? '\ufffd');

/** Columns as wide as their widest cell; a wide character takes two places. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? '')))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell) + 2),
      )
      .join(''),
  );
}

/** Places on a terminal: ideographs, kana, hangul and full-width forms take two. */
const width = (text: string): number =>
  [...text].reduce(
    (sum, character) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  );

export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
