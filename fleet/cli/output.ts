/** What a command says: one JSON document or lines for a person on stdout, everything else on stderr. */
import type { Readable } from 'node:stream';

export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  env: NodeJS.ProcessEnv;
}

export interface Output {
  /** The command's result; `lines` is asked only when a person reads. */
  result(document: unknown, lines: () => readonly string[]): void;
  /** What one should know besides. */
  note(text: string): void;
}

export const createOutput = ({ stdout, stderr }: Streams, json: boolean): Output => ({
  result(document, lines) {
    if (json) stdout.write(`${JSON.stringify(document)}\n`);
    else for (const line of lines()) stdout.write(`${harmless(line)}\n`);
  },
  note: (text) => void stderr.write(`${harmless(text)}\n`),
});

/** A name that somebody else wrote shows on a terminal and orders nothing there. */
const harmless = (text: string): string =>
  text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export const time = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map((pair) => pair.join('='))
    .join(' ') || '-';
