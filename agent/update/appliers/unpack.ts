/** From the archive in the store to a folder that a release runs from: synced, read back, and in place at once. */
import { basename, dirname, join } from 'node:path';
import type { Release } from '@rockpool/protocol/update/release';
import type { Disk, DiskFile } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { readTar, type TarEntry } from './tar.ts';
import { createTree, type Node } from './unpack-rules.ts';

export type AgentRelease = Extract<Release, { kind: 'agent' }>;

/**
 * On return `folder` holds what the archive holds, for good, and was compared with it. Nobody sees half of it: it lies
 * under another name until then.
 * @throws UpdateError `bad-content`, `bad-bytes`, `no-space`, `disk`
 */
export async function unpack(
  disk: Disk,
  archive: string,
  folder: string,
  release: AgentRelease,
  signal: AbortSignal,
): Promise<void> {
  const partial = `${folder}.partial`;
  await disk.remove(partial);
  await disk.makeFolder(partial);
  try {
    await write(disk, archive, partial, release, signal);
    await compare(disk, archive, partial, release, signal);
  } catch (error) {
    throw onDisk(error, partial);
  }
  await disk.remove(folder);
  await disk.rename(partial, folder);
  await disk.syncFolder(dirname(folder));
}

async function write(
  disk: Disk,
  archive: string,
  folder: string,
  release: AgentRelease,
  signal: AbortSignal,
): Promise<void> {
  const nodes = await visit(disk, archive, release, signal, async (node, entry) => {
    const path = join(folder, node.path);
    if (node.type !== 'folder') await disk.makeFolder(dirname(path));
    if (node.type === 'folder') await disk.makeFolder(path);
    else if (node.type === 'link') await disk.link(node.target, path);
    else await writeFile(disk, path, node.mode, entry.content);
  });
  const folders = [...nodes.values()].filter(({ type }) => type === 'folder').map(({ path }) => path);
  // From the bottom up: a name is durable when its folder is, and a folder when its own name is.
  for (const path of [...folders.sort().reverse(), ''].map((name) => join(folder, name))) {
    await disk.setMode(path, 0o755);
    await disk.syncFolder(path);
  }
}

async function writeFile(
  disk: Disk,
  path: string,
  mode: number,
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const file = await disk.open(path, 'new');
  try {
    let at = 0;
    for await (const chunk of content) {
      await file.write(chunk, at);
      at += chunk.byteLength;
    }
    await disk.setMode(path, mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Whether a folder still holds what was signed: neither more nor less, byte by byte. Before a release is switched to too, for
 * it may have lain there for days.
 * @throws UpdateError `bad-bytes`
 */
export async function compare(
  disk: Disk,
  archive: string,
  folder: string,
  release: AgentRelease,
  signal: AbortSignal,
): Promise<void> {
  const nodes = await visit(disk, archive, release, signal, async (node, entry) => {
    const path = join(folder, node.path);
    const same =
      node.type === 'folder'
        ? !(await isLink(disk, path))
        : node.type === 'link'
          ? (await isLink(disk, path)) && (await disk.readLink(path)) === node.target
          : await sameContent(disk, path, node.bytes, entry.content);
    if (!same) throw differs(node.path);
  });
  const children = new Map<string, string[]>([['', []]]);
  for (const { path, type } of nodes.values()) if (type === 'folder') children.set(path, []);
  for (const { path } of nodes.values())
    children.get(dirname(path) === '.' ? '' : dirname(path))?.push(basename(path));
  for (const [path, names] of children) {
    const there = await disk.list(join(folder, path));
    if (there.toSorted().join('\0') !== names.toSorted().join('\0')) throw differs(path || '.');
  }
}

/** Reads all of the archive, as the manifest pins it, by the rules. */
async function visit(
  disk: Disk,
  archive: string,
  release: AgentRelease,
  signal: AbortSignal,
  take: (node: Node, entry: TarEntry) => Promise<void>,
): Promise<ReadonlyMap<string, Node>> {
  const tree = createTree({ entries: release.entries, bytes: release.unpackedBytes });
  const file = await disk.open(archive, 'r');
  try {
    const hash = await readTar(
      file,
      async (entry) => {
        const node = tree.admit(entry);
        if (node !== undefined) await take(node, entry);
        await readOut(entry.content);
      },
      signal,
    );
    if (hash !== release.tar.sha256)
      throw new UpdateError('bad-bytes', 'The archive in the store is not the one that was signed.');
  } finally {
    await file.close();
  }
  return tree.close();
}

/** What has no content has an end all the same, and the next entry waits for it. */
async function readOut(content: AsyncIterable<Buffer>): Promise<void> {
  const left = content[Symbol.asyncIterator]();
  while (!(await left.next()).done);
}

const sliceBytes = 256 * 1024;

async function sameContent(
  disk: Disk,
  path: string,
  bytes: number,
  content: AsyncIterable<Buffer>,
): Promise<boolean> {
  if (await isLink(disk, path)) return false;
  let file: DiskFile;
  try {
    file = await disk.open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    let same = (await file.size()) === bytes;
    let at = 0;
    const there = Buffer.allocUnsafeSlow(sliceBytes);
    for await (const chunk of content) {
      for (let from = 0; same && from < chunk.byteLength; from += sliceBytes) {
        const slice = chunk.subarray(from, from + sliceBytes);
        const read = await file.read(there.subarray(0, slice.byteLength), at + from);
        same = read === slice.byteLength && slice.equals(there.subarray(0, read));
      }
      at += chunk.byteLength;
    }
    return same;
  } finally {
    await file.close();
  }
}

/** `readLink` tells nothing else from a link by an error. */
async function isLink(disk: Disk, path: string): Promise<boolean> {
  try {
    return (await disk.readLink(path)) !== undefined;
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return false;
    throw error;
  }
}

function onDisk(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UpdateError('no-space', `There is no room to unpack to ${path}.`, { cause: error });
  if (code === 'EIO' || code === 'EROFS')
    return new UpdateError('disk', `The disk refuses what is unpacked to ${path}.`, { cause: error });
  return error;
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const differs = (path: string): UpdateError =>
  new UpdateError('bad-bytes', `What lies on the disk as ${path} is not what the archive holds.`);
