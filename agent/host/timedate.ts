/** Driver for timedatectl: whether somebody keeps the clock, by systemd's own look at the kernel. */
import { execFile } from 'node:child_process';

/** Undefined where there is no systemd, or it can't be asked. */
export const askTimedate = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(
      'timedatectl',
      ['show', '--property=NTPSynchronized'],
      { timeout: 5_000, env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' } },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
