/** Reads a backup into a fresh folder, and believes nothing in it that its manifest doesn't prove. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../files.ts';
import { Bytes } from './bytes.ts';
import { BackupDamaged } from './damaged.ts';
import { Manifest, manifestName, maxManifestBytes } from './manifest.ts';
import { NotTar, readHeader, readPax } from './tar.ts';

/**
 * @param folder is created, and holds every file of the manifest, hashed and synced, when this returns
 * @throws BackupDamaged
 */
export async function unpackBackup(file: string, folder: string, signal: AbortSignal): Promise<Manifest> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const manifest = await readBackup(file, (path) => openTarget(join(folder, path)), signal);
  for (const path of new Set(manifest.files.map((entry) => dirname(join(folder, entry.path)))))
    syncFolder(path);
  return manifest;
}

/** Reads it to its end and checks every hash; writes nothing. @throws BackupDamaged */
export const verifyBackup = (file: string, signal: AbortSignal): Promise<Manifest> =>
  readBackup(file, async () => nowhere, signal);

interface Target {
  writeFile(piece: Buffer): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const nowhere: Target = { writeFile: async () => {}, sync: async () => {}, close: async () => {} };

async function openTarget(path: string): Promise<Target> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return await open(path, 'wx', 0o600);
}

type OpenTarget = (path: string) => Promise<Target>;

async function readBackup(file: string, openTarget: OpenTarget, signal: AbortSignal): Promise<Manifest> {
  const bytes = new Bytes(createReadStream(file, { signal }).on('error', ignored), file);
  try {
    const manifest = await readManifest(bytes, file);
    for (const entry of manifest.files) await readEntry(bytes, file, openTarget, entry);
    if ((await nextHeader(bytes)) !== 'end' || (await bytes.hasMore())) {
      throw new BackupDamaged(`${file} holds more than its manifest names.`);
    }
    return manifest;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotTar)
      throw new BackupDamaged(`${file} is damaged: ${error.message}.`, { cause: error });
    throw error;
  } finally {
    await bytes.close();
  }
}

/** Errors of the source surface where its bytes are read. */
const ignored = (): void => undefined;

async function readManifest(bytes: Bytes, file: string): Promise<Manifest> {
  const header = await nextHeader(bytes).catch((cause: unknown) => {
    throw cause instanceof NotTar
      ? new BackupDamaged(`${file} is not a backup of Rockpool.`, { cause })
      : cause;
  });
  if (header === 'end' || header.name !== manifestName || header.bytes > maxManifestBytes) {
    throw new BackupDamaged(`${file} is not a backup of Rockpool.`);
  }
  const text = Buffer.concat(await Array.fromAsync(bytes.take(header.bytes))).toString('utf8');
  await bytes.skipPadding(header.bytes);
  const parsed = Manifest.safeParse(parseJson(text));
  if (!parsed.success)
    throw new BackupDamaged(`${file} was written by a newer Rockpool, or its manifest is damaged.`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}

async function readEntry(
  bytes: Bytes,
  file: string,
  openTarget: OpenTarget,
  entry: Manifest['files'][number],
): Promise<void> {
  const header = await nextHeader(bytes);
  if (header === 'end' || header.name !== entry.path || header.bytes !== entry.bytes) {
    throw new BackupDamaged(`${file} is damaged: ${entry.path} is not where its manifest says.`);
  }
  const output = await openTarget(entry.path);
  const digest = createHash('sha256');
  try {
    for await (const piece of bytes.take(entry.bytes)) {
      digest.update(piece);
      await output.writeFile(piece);
    }
    await output.sync();
  } finally {
    await output.close();
  }
  if (digest.digest('hex') !== entry.sha256)
    throw new BackupDamaged(`${file} is damaged: ${entry.path} is not what was saved.`);
  await bytes.skipPadding(entry.bytes);
}

async function nextHeader(bytes: Bytes) {
  const header = readHeader(await bytes.exactly(512));
  if (header === 'end' || header.type === 'file') return header;
  if (header.bytes > 64 * 1024) throw new NotTar('a header is damaged');
  const pax = readPax(await bytes.exactly(header.bytes));
  await bytes.skipPadding(header.bytes);
  const main = readHeader(await bytes.exactly(512));
  if (main === 'end' || main.type === 'pax') throw new NotTar('a header is damaged');
  return { ...main, ...pax };
}
