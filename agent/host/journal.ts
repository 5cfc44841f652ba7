/** Driver for journalctl: what our units have logged lately. */
import { execFile } from 'node:child_process';
import { z } from 'zod';

const Entry = z.object({
  __REALTIME_TIMESTAMP: z.string(),
  _SYSTEMD_UNIT: z.string().optional(),
  MESSAGE: z.string().optional(), // bytes that are no text come as numbers, and are left out
});

export interface JournalLine {
  time: string;
  unit: string;
  message: string;
}

/** Undefined where there is no journal, or we may not read it. */
export const readJournal = (lines = 5_000): Promise<JournalLine[] | undefined> =>
  new Promise((resolve) => {
    execFile(
      'journalctl',
      ['--no-pager', '--output=json', `--lines=${lines}`, '--unit=rockpool-*'],
      { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => resolve(error ? undefined : parseJournal(stdout)),
    );
  });

/** `journalctl --output=json`: one object a line. */
export const parseJournal = (text: string): JournalLine[] =>
  text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const { data } = Entry.safeParse(JSON.parse(line));
      if (data?.MESSAGE === undefined) return [];
      const time = new Date(Number(data.__REALTIME_TIMESTAMP) / 1_000).toISOString();
      return [{ time, unit: data._SYSTEMD_UNIT ?? '', message: data.MESSAGE }];
    });
