import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Seen } from './full-disk.fixture.ts';

const run = promisify(execFile);
const fixture = fileURLToPath(new URL('./full-disk.fixture.ts', import.meta.url));

/** A disk of 24 MB that only this process sees, and that goes with it; without root in a namespace of its own. */
async function onSmallDisk(what: string): Promise<Seen[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-full-disk-'));
  const [disk, elsewhere] = [join(folder, 'disk'), join(folder, 'elsewhere')];
  mkdirSync(disk);
  mkdirSync(elsewhere);
  try {
    const alone = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
    const script = 'mount -t tmpfs -o size=24m tmpfs "$1" && exec "$2" "$3" "$1" "$4" "$5"';
    const given = [disk, process.execPath, fixture, elsewhere, what];
    const { stdout } = await run('unshare', [...alone, 'sh', '-c', script, 'sh', ...given]);
    return JSON.parse(stdout) as Seen[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const told =
  /^(?:database or disk is full|The disk is full, so .* can't be written; free some space and try again\.)$/;

test.each(['insert', 'consolidation', 'migration', 'backup', 'reindex'])(
  'a disk that is full at %s: one refusal, nothing half done, answers meanwhile, and it goes on once there is room',
  { timeout: 240_000 },
  async (what) => {
    const seen = await onSmallDisk(what);
    for (const { roomBytes, refused, ...rest } of seen) {
      const room = `${roomBytes} bytes of room`;
      expect(rest, room).toEqual({ whole: true, answers: true, goesOn: true });
      if (refused)
        expect(refused, room).toMatchObject({ code: 'SQLITE_FULL', message: expect.stringMatching(told) });
    }
    expect(seen.filter(({ refused }) => refused).length).toBeGreaterThan(1);
  },
);
