/** `rockpool backup`: everything in one file, and back from it. */
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { openAudit } from '../audit/log.ts';
import type { Manifest } from '../host/backup/manifest.ts';
import { restoreBackup } from '../host/backup/restore.ts';
import { verifyBackup } from '../host/backup/unpack.ts';
import { systemClock } from '../host/clock.ts';
import { syncFile, syncFolder } from '../host/files.ts';
import { holdHome } from '../host/lock.ts';
import { databaseNames } from '../store/rooms.ts';
import { openStore } from '../store/store.ts';
import type { Api } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { size } from './output.ts';
import { beSure } from './people.ts';

export function backupCommands(program: Command, kit: Kit): void {
  const backup = program.command('backup').description('everything of the device in one file');

  define(backup, kit, {
    usage: 'create <file>',
    summary: 'save everything to a file, while people go on working',
    options: [['--force', 'replace the file if it is there']],
    given: z.object({ force: z.boolean().default(false) }),
    examples: [
      'npx rockpool backup create /mnt/usb/monday.rockpool',
      'npx rockpool backup create --force latest.rockpool --json',
    ],
    async run(doing, [file = ''], { force }) {
      const path = resolve(file);
      if (existsSync(path) && !force)
        throw new Refusal('conflict', `${file} is there already; choose another name or say --force.`);
      const manifest = await save(await doing.api(), path, doing);
      const { size: bytes } = await stat(path);
      doing.out.result(
        { file: path, bytes, ...overview(manifest) },
        () => `${file} holds everything: ${manifest.files.length} files, ${size(bytes)}, verified.`,
      );
      return undefined;
    },
  });

  define(backup, kit, {
    usage: 'verify <file>',
    summary: 'read a backup to its end and check everything in it',
    given: z.object({}),
    examples: ['npx rockpool backup verify /mnt/usb/monday.rockpool'],
    async run({ out, signal }, [file = '']) {
      const manifest = await verifyBackup(present(file), signal);
      out.result(
        { file: resolve(file), ...overview(manifest) },
        () =>
          `${file} is whole: ${manifest.files.length} files of ${new Date(manifest.createdAt).toISOString()}.`,
      );
      return undefined;
    },
  });

  define(backup, kit, {
    usage: 'restore <file>',
    summary: 'put a backup in the place of everything; the agent must be stopped',
    options: [['--yes', 'do not ask']],
    given: z.object({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool backup restore /mnt/usb/monday.rockpool --yes'],
    async run(doing, [file = ''], { yes }) {
      const { settings, out } = doing;
      const path = present(file);
      const hold = holdHome(settings.home, systemClock, 'command');
      try {
        await beSure(
          doing,
          yes,
          `What is in ${settings.home} will be put aside, and the backup takes its place`,
        );
        out.progress('checking the backup …');
        const parts = { home: settings.home, checkDatabases, clock: systemClock };
        const { manifest, before } = await restoreBackup(path, parts, doing.signal);
        await recordRestore(settings.home, manifest);
        out.progress(undefined);
        out.result({ home: settings.home, before, ...overview(manifest) }, () => [
          `${settings.home} holds the backup of ${new Date(manifest.createdAt).toISOString()}: ${manifest.files.length} files, all verified.`,
          `What was there before is in ${before}; remove it when you no longer need it.`,
        ]);
      } finally {
        hold.release();
      }
      return undefined;
    },
  });
}

/** In the log that came with the backup: whoever reads it later sees where time went back. */
async function recordRestore(home: string, { createdAt }: Manifest): Promise<void> {
  const audit = await openAudit(join(home, 'audit'), systemClock);
  try {
    const deed = {
      requestId: null,
      person: null,
      via: 'local',
      action: 'backup.restore',
      outcome: 'done',
    } as const;
    await audit.record({ ...deed, detail: { createdAt } });
  } finally {
    await audit.close();
  }
}

const overview = ({ createdAt, writtenBy, files }: Manifest) => ({
  createdAt,
  writtenBy,
  files: files.length,
  contentBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

function present(file: string): string {
  const path = resolve(file);
  if (!existsSync(path)) throw new Refusal('not-found', `There is no file ${file}.`);
  return path;
}

/** Under its name once it is whole, read back and on disk. */
async function save(api: Api, path: string, { signal }: Doing): Promise<Manifest> {
  if (!existsSync(dirname(path))) throw new Refusal('not-found', `There is no folder ${dirname(path)}.`);
  const partial = `${path}.partial`;
  try {
    const content = await api.download('POST', '/api/local/backup', signal);
    await pipeline(content, createWriteStream(partial, { mode: 0o600 }), { signal });
    const manifest = await verifyBackup(partial, signal);
    syncFile(partial);
    await rename(partial, path);
    syncFolder(dirname(path));
    return manifest;
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}

/** Opened as the agent would, on the copy: what this Rockpool can't open or migrate is refused now, not after. */
async function checkDatabases(folder: string): Promise<void> {
  const store = await openStore(folder);
  try {
    for (const name of databaseNames) await store.store.check(join(folder, `${name}.db`));
    await store.store.checkpoint();
  } finally {
    await store.close();
  }
}
