/** Driver for nvpmodel: which power mode a Jetson is in, where its own file can't be read. */
import { execFile } from 'node:child_process';

/** Undefined where there is none, where it may not be asked, or when it doesn't answer. */
export const askNvpmodel = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(
      'nvpmodel',
      ['-q'],
      {
        timeout: 5_000,
        killSignal: 'SIGKILL',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      },
      // It complains of what it may not read, and answers all the same.
      (_error, stdout) => resolve(stdout.trim() === '' ? undefined : stdout),
    );
  });
