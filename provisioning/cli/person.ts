/** The person at the console: sees the recovery key once, and proves to have written it down. */
import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import encodeQR from 'qr';
import { parseRecoveryKey, toWords } from '../disk/recovery.ts';
import type { Person } from '../world.ts';
import type { Streams } from './output.ts';

export interface Console extends Person {
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** What is typed is drawn nowhere. */
  askBlind(question: string, signal: AbortSignal): Promise<string>;
}

/** Everything on stderr: what stdout says may go into a file, where this key must not be. */
export function atConsole({ stdin, stderr }: Pick<Streams, 'stdin' | 'stderr'>): Console {
  const ask = (question: string, signal: AbortSignal, isBlind = false): Promise<string> => {
    stderr.write(question);
    const nowhere = new Writable({ write: (_, __, done) => done() });
    const reader = createInterface({
      input: stdin,
      // A terminal draws by itself what is typed, unless a program says that it does so.
      ...(isBlind && stdin.isTTY ? { output: nowhere, terminal: true } : {}),
    });
    return new Promise<string>((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      reader.once('line', (line) => {
        signal.removeEventListener('abort', stop);
        resolve(line.trim());
      });
      reader.once('close', () =>
        reject(
          new Error('Nobody answered: this has to be done by a person at the console, or on the setup page.'),
        ),
      );
    }).finally(() => reader.close());
  };
  return {
    ask: (question, signal) => ask(question, signal),
    async askBlind(question, signal) {
      const typed = await ask(question, signal, true);
      if (stdin.isTTY) stderr.write('\n');
      return typed;
    },
    async keep(recoveryKey, signal) {
      const key = parseRecoveryKey(recoveryKey);
      const words = toWords(key);
      stderr.write(`${recoveryPage(key, words)}\n`);
      for (const place of twoPlaces()) {
        for (;;) {
          const typed = await ask(`To show that it is kept: word ${place + 1}? `, signal);
          if (typed.normalize('NFKC').toLowerCase() === words[place]) break;
          stderr.write('That is not the word at this place; compare it with what you wrote down.\n');
        }
      }
    },
  };
}

function recoveryPage(key: string, words: readonly string[]): string {
  const rows = Array.from({ length: 6 }, (_, row) =>
    words
      .slice(row * 4, row * 4 + 4)
      .map((word, i) => `${String(row * 4 + i + 1).padStart(2)} ${word.padEnd(10)}`)
      .join(' '),
  );
  return [
    '',
    'The recovery key of this disk. When the board dies, nothing else opens it. It is shown this once.',
    'Write the words down, and keep them away from the device.',
    '',
    ...rows,
    '',
    `As letters: ${key}`,
    '',
    encodeQR(key, 'ascii', { ecc: 'medium' }),
  ].join('\n');
}

function twoPlaces(): [number, number] {
  const first = randomInt(24);
  return [first, (first + 1 + randomInt(23)) % 24];
}
