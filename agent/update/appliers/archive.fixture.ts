/** For tests: archives as one would never make them, byte by byte, and the release that signs one. */
import { createHash } from 'node:crypto';
import { Header, Pax } from 'tar';
import type { Disk } from '../disk.ts';
import type { AgentRelease } from './unpack.ts';

export interface Member {
  path: string;
  /** As the library calls it, or the letter of one that it doesn't know; `File` when left out. */
  type?: string;
  mode?: number;
  content?: string | Buffer;
  target?: string;
  /** What the header says, where that isn't true. */
  bytes?: number;
}

const block = 512;
const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((block - (bytes.byteLength % block)) % block)]);

export const archiveOf = (members: readonly Member[]): Buffer =>
  Buffer.concat([...members.map(memberOf), Buffer.alloc(2 * block)]);

function memberOf({ path, type = 'File', mode = 0o644, content = '', target, bytes }: Member): Buffer {
  const body = Buffer.from(content);
  const fields = {
    ...{ path, mode, size: bytes ?? body.byteLength, type: type as 'File', uid: 0, gid: 0 },
    ...(target === undefined ? {} : { linkpath: target }),
    mtime: new Date(0),
  };
  const header = new Header({ ...fields, type: (type.length === 1 ? 'File' : type) as 'File' });
  header.encode();
  if (header.block && type.length === 1) relabel(header.block, type);
  const long = header.needPax ? new Pax(fields).encode() : Buffer.alloc(0);
  return Buffer.concat([long, Buffer.from(header.block ?? Buffer.alloc(block)), padded(body)]);
}

/** The header's checksum counts its own eight bytes as blanks. */
function relabel(header: Buffer, type: string): void {
  header.write(type, 156, 1, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, block).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const releaseOf = (archive: Buffer, more: Partial<AgentRelease> = {}): AgentRelease => ({
  v: 1,
  kind: 'agent',
  name: 'rockpool',
  version: '2.0.0',
  counter: 2,
  dataForm: 1,
  madeAt: 1,
  notes: '',
  compat: {},
  tar: { sha256: sha256(archive), bytes: archive.byteLength },
  artifact: { name: 'rockpool.tar.zst', sha256: 'c'.repeat(64), bytes: 1 },
  deltas: [],
  entries: 100,
  unpackedBytes: 1_000_000,
  ...more,
});

export async function put(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(path, 'rw');
  await file.truncate(0);
  await file.write(bytes, 0);
  await file.sync();
  await file.close();
  await disk.syncFolder(path.slice(0, path.lastIndexOf('/')) || '/');
}
