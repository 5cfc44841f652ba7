/** Runs the programs that boot loaders bring: never through a shell, never longer than told. */
import { execFile } from 'node:child_process';

export interface Ran {
  /** Null when it could not be started, or was ended. */
  code: number | null;
  stdout: string;
  stderr: string;
}
export type Exec = (program: string, args: readonly string[], signal?: AbortSignal) => Promise<Ran>;

const patienceMs = 60_000;
const mostOutputBytes = 1024 * 1024;

/** @param limitMs of each */
export const execHere =
  (limitMs = patienceMs): Exec =>
  (program, args, signal) =>
    new Promise((resolve) => {
      const ends = AbortSignal.any([AbortSignal.timeout(limitMs), ...(signal ? [signal] : [])]);
      const options = {
        signal: ends,
        maxBuffer: mostOutputBytes,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      };
      execFile(program, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
      });
    });
