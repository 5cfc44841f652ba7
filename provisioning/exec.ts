/** Programs of the operating system: run without a shell, bounded in time and output, secrets by stdin only. */
import { spawn } from 'node:child_process';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to its standard input, which is then closed. Secrets go this way: arguments stand in /proc for all to read. */
  input?: string | Uint8Array;
  timeoutMs?: number;
  signal?: AbortSignal;
  env?: Record<string, string>;
}

/** What parts that need the operating system take as an argument; tests give recorded answers. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<Ran>;

export class ExecError extends Error {
  override readonly name = 'ExecError';
}

const outputLimitBytes = 16 * 1024 * 1024;

/**
 * The program's own exit code is an answer, not an error.
 * @throws ExecError when it can't be started, ends by a signal, takes too long or says too much
 */
export const run: Run = (program, args, { input, timeoutMs = 120_000, signal, env } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Outputs are parsed: they have to be in one language.
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...env },
      ...(signal ? { signal } : {}),
    });
    const failed = (why: string, cause?: unknown): void =>
      reject(new ExecError(`${program} ${why}`, cause === undefined ? undefined : { cause }));
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      failed(`did not end within ${timeoutMs / 1000} s`);
    }, timeoutMs);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const collect = (into: Buffer[]) => (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= outputLimitBytes) into.push(piece);
      else child.kill('SIGKILL');
    };
    child.stdout.on('data', collect(out));
    child.stderr.on('data', collect(err));
    // Whoever doesn't read its input closes it; its exit code tells the rest.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      clearTimeout(late);
      failed('could not be started', error);
    });
    child.on('close', (code, killedBy) => {
      clearTimeout(late);
      if (code === null) return failed(`was ended by ${killedBy}`);
      resolve({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
    child.stdin.end(input);
  });
