/** An agent's tar, from its compressed artifact or from a delta to a tar that is here: what runs has the tar's hash. */
import type { Release } from '@rockpool/protocol/update/release';
import { pieceBytes } from '@rockpool/protocol/update/release';
import type { Disk } from '../disk.ts';
import { UpdateError } from '../parts.ts';
import { onDisk } from './disk-error.ts';
import type { Store } from './store.ts';
import { patchLimitBytes, unzstd } from './zstd.ts';

export type AgentRelease = Extract<Release, { kind: 'agent' }>;
export type Delta = AgentRelease['deltas'][number];

/** The smallest whose beginning is here, if it is worth it and memory holds it. */
export function deltaFor(
  release: AgentRelease,
  names: readonly string[],
  usable: (delta: Delta) => boolean,
): Delta | undefined {
  return release.deltas
    .filter((delta) => names.includes(delta.from) && delta.artifact.bytes < release.artifact.bytes)
    .filter(() => release.tar.bytes <= patchLimitBytes)
    .filter(usable)
    .sort((a, b) => a.artifact.bytes - b.artifact.bytes)[0];
}

/** @throws UpdateError `bad-content` where it isn't the tar that was signed, `no-space`, `disk` */
export async function makeTar(
  disk: Disk,
  store: Store,
  tar: AgentRelease['tar'],
  packed: string,
  signal: AbortSignal,
  from?: string,
): Promise<void> {
  const making = `${store.pathOf(tar.sha256)}.making`;
  const old = from === undefined ? undefined : await readOld(disk, store, from);
  const bytes = unzstd(
    readFile(disk, store.pathOf(packed)),
    signal,
    old && { bytes: old, newBytes: tar.bytes },
  );
  await writeAll(disk, making, bytes, tar.bytes);
  const hash = await store.hashAgain(making, tar.bytes, signal);
  if (hash !== tar.sha256) {
    await onDisk('removing what is not the tar', () => disk.remove(making));
    throw new UpdateError('bad-content', 'It unpacks to something else than what was signed.');
  }
  await store.take(making, tar.sha256);
}

async function readOld(disk: Disk, store: Store, sha256: string): Promise<Buffer> {
  const file = await disk.open(store.pathOf(sha256), 'r');
  try {
    const size = await file.size();
    if (size > patchLimitBytes)
      throw new UpdateError('bad-content', 'What the delta starts from is too large.');
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

async function* readFile(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, 'r');
  try {
    for (let at = 0; ; ) {
      const buffer = Buffer.allocUnsafe(pieceBytes / 4);
      const read = await file.read(buffer, at);
      if (read > 0) yield buffer.subarray(0, read);
      if (read < buffer.byteLength) return;
      at += read;
    }
  } finally {
    await file.close();
  }
}

/** Never more than was signed: a frame of a few bytes can say that it is petabytes. */
async function writeAll(
  disk: Disk,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<void> {
  await onDisk('removing an older try', () => disk.remove(path));
  const file = await onDisk('unpacking', () => disk.open(path, 'new'));
  try {
    let at = 0;
    for await (const some of bytes) {
      if (at + some.byteLength > limit)
        throw new UpdateError('bad-content', 'It unpacks to more than was signed.');
      await onDisk('unpacking', () => file.write(some, at));
      at += some.byteLength;
    }
    await onDisk('unpacking', () => file.sync());
  } catch (error) {
    await onDisk('removing what was unpacked', () => disk.remove(path));
    throw error;
  } finally {
    await file.close();
  }
}
