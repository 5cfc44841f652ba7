/** For tests: the real command, started as a person would start it, on a home of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const launcher = join(import.meta.dirname, '../rockpool.mjs');

export function commandLine(home: string, environment: NodeJS.ProcessEnv = {}) {
  /** @param words as typed, split at spaces; for a word with spaces give an array */
  return async (words: string | readonly string[], input = ''): Promise<Ended> => {
    const child = spawn(
      process.execPath,
      [launcher, ...(typeof words === 'string' ? words.split(' ') : words)],
      {
        env: {
          ...process.env,
          ROCKPOOL_HOME: home,
          ROCKPOOL_PORT: '0',
          ROCKPOOL_LOG: 'error',
          ...environment,
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      ended.stderr += text;
    });
    child.stdin.on('error', () => undefined); // it may end without reading
    child.stdin.end(input);
    ended.code = await new Promise((resolve) => child.once('close', resolve));
    return ended;
  };
}
