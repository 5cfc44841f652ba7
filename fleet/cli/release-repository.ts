/** What commands about releases share: where the repository lies, how a key is opened, and that the audit hears of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../audit/audit.ts';
import { type HeldKey, isSealedKey, loadKey } from '../releases/key-files.ts';
import { loadOnlineKeys, onlineKeyFiles } from '../releases/publish.ts';
import { databaseFile } from '../store/open.ts';
import { transact } from '../store/transaction.ts';
import type { Doing } from './command.ts';
import { findPassphrase } from './passphrase.ts';

export const repositoryOption = [
  '--repository <folder>',
  'of the releases (default: releases in the home)',
] as const;
export const passphraseOption = ['--passphrase-file <file>', 'whose first line opens the key'] as const;

export const repositoryOf = ({ home }: Doing, { repository }: { repository?: string | undefined }): string =>
  repository ?? join(home, 'releases');

export async function openKey(
  { streams }: Doing,
  path: string,
  passphraseFile: string | undefined,
): Promise<HeldKey> {
  const wish = { file: passphraseFile, hasKeys: true, insecure: false, whose: path };
  return loadKey(path, await findPassphrase(streams, { ...wish, isSealed: isSealedKey(path) }));
}

/** Those of snapshot and timestamp, under one passphrase. */
export async function openOnlineKeys(
  { streams }: Doing,
  folder: string,
  passphraseFile: string | undefined,
): Promise<HeldKey[]> {
  const isSealed = onlineKeyFiles(folder).some(isSealedKey);
  const wish = { file: passphraseFile, hasKeys: true, insecure: false, whose: "the repository's keys" };
  return loadOnlineKeys(folder, await findPassphrase(streams, { ...wish, isSealed }));
}

/** Where there is a controller; releases may also be made on a machine that has none. */
export async function recordRelease(
  { home, database, db, clock, who }: Doing,
  action: string,
  subject: string,
  detail: Record<string, string | number | null> = {},
): Promise<void> {
  if (database === home && !existsSync(databaseFile(home))) return;
  await transact(await db(), (tx) => record(tx, { at: clock.now(), who, action, subject, detail }));
}
