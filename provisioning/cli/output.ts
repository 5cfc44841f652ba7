/** What a command says: one JSON document or lines for a person on stdout, everything else on stderr. */

export interface Streams {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

export interface Output {
  result(document: unknown, lines: () => readonly string[]): void;
  /** What happens meanwhile. */
  note(text: string): void;
}

export const createOutput = ({ stdout, stderr }: Streams, json: boolean): Output => ({
  result(document, lines) {
    if (json) stdout.write(`${JSON.stringify(document)}\n`);
    else for (const line of lines()) stdout.write(`${harmless(line)}\n`);
  },
  note: (text) => void stderr.write(`${harmless(text)}\n`),
});

/** A disk's label or a program's last words show on a terminal and order nothing. */
export const harmless = (text: string): string =>
  text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
