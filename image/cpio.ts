/** An archive in the form that Linux unpacks before anything else runs (cpio "newc"), and a program's way into it. */

export interface Entry {
  path: string;
  /** As in `stat`: 0o40755 a folder, 0o100755 a program, 0o120777 a link (content = where to), 0o20600 a device. */
  mode: number;
  content?: Uint8Array;
  device?: { major: number; minor: number };
}

/** Owners, dates and inode numbers are fixed: the same entries are the same bytes. */
export function cpio(entries: readonly Entry[]): Buffer {
  return Buffer.concat([
    ...entries.map((entry, place) => record(entry, place + 1)),
    record({ path: 'TRAILER!!!', mode: 0 }, 0),
  ]);
}

function record({ path, mode, content = new Uint8Array(), device }: Entry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [
    ...[inode, mode, 0, 0, 1, 0, content.length],
    ...[0, 0, device?.major ?? 0, device?.minor ?? 0, name.length, 0],
  ];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0').toUpperCase()).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(Buffer.from(content))]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
