/** What a command reads: a pipe to its end, or a password that isn't shown while it is typed. */
import type { Streams } from './parts.ts';

export async function readAll(stdin: Streams['stdin'], maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    const more = Buffer.from(piece as Uint8Array);
    bytes += more.length;
    if (bytes > maxBytes) throw new Error(`There is more on stdin than the ${maxBytes} bytes that fit.`);
    pieces.push(more);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** `echo` and editors end what they write with a line break that nobody means. */
export const withoutLastLineBreak = (text: string): string => text.replace(/\r?\n$/, '');

/** Asks on the terminal, which shows nothing of it. */
export async function askHidden(question: string, { stdin, stderr }: Streams): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const { Writable } = await import('node:stream');
  const silence = new Writable({ write: (_piece, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: silence, terminal: true });
  stderr.write(question);
  try {
    return await reader.question('');
  } finally {
    reader.close();
    stderr.write('\n');
  }
}
