/** For tests: everything that lies in a file, through archives, compression and databases; and whether a secret is among it, in any dress. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export interface Found {
  /** `backup › people.db › people.name`. */
  path: string;
  bytes: Buffer;
}

/** Itself first, then all that is inside. */
export function* lookInside(path: string, bytes: Buffer): Generator<Found> {
  yield { path, bytes };
  if (bytes.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])))
    yield* lookInside(`${path} › zstd`, zstdDecompressSync(bytes));
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) yield* lookInside(`${path} › gzip`, gunzipSync(bytes));
  if (bytes.subarray(257, 262).toString() === 'ustar') yield* inTar(path, bytes);
  if (bytes.subarray(0, 15).toString() === 'SQLite format 3') yield* inDatabase(path, bytes);
}

function* inTar(path: string, bytes: Buffer): Generator<Found> {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    yield { path: `${path} › ${name} (its name)`, bytes: Buffer.from(name) };
    yield* lookInside(`${path} › ${name}`, bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Every value of every row: on disk a long one is cut into pages. */
function* inDatabase(path: string, bytes: Buffer): Generator<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-look-'));
  try {
    writeFileSync(join(folder, 'db'), bytes);
    const db = new DatabaseSync(join(folder, 'db'));
    const tables = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all() as {
      name: string;
      sql: string;
    }[];
    for (const { name } of tables.filter(({ sql }) => !/^CREATE VIRTUAL TABLE/i.test(sql ?? ''))) {
      for (const row of db.prepare(`SELECT * FROM "${name}"`).all()) {
        for (const [column, value] of Object.entries(row)) {
          if (typeof value === 'string') yield* lookInside(`${path} › ${name}.${column}`, Buffer.from(value));
          if (value instanceof Uint8Array)
            yield* lookInside(`${path} › ${name}.${column}`, Buffer.from(value));
        }
      }
    }
    db.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How a secret may lie somewhere: as it is, as UTF-16, in hex, in base64 at any offset, escaped, backwards. */
export function dressesOf(secret: string | Uint8Array): Buffer[] {
  const plain = Buffer.from(secret as string);
  const text = typeof secret === 'string' ? secret : undefined;
  const base64s = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), plain])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters that the neighbours have a share in are left off.
    const whole = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + plain.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const dresses = [
    plain,
    Buffer.from(plain).reverse(),
    ...base64s.flat().map((one) => Buffer.from(one)),
    Buffer.from(plain.toString('hex')),
    Buffer.from(plain.toString('hex').toUpperCase()),
    ...(text === undefined
      ? []
      : [
          Buffer.from(text, 'utf16le'),
          Buffer.from(text, 'utf16le').swap16(),
          Buffer.from(JSON.stringify(text).slice(1, -1)),
          Buffer.from(encodeURIComponent(text)),
          Buffer.from(text.toLowerCase()),
          Buffer.from(text.toUpperCase()),
        ]),
  ];
  return dresses.filter(({ length }) => length >= 8);
}

/** @returns where any of the secrets lies: `name in path`; empty when nowhere */
export function secretsIn(
  found: Iterable<Found>,
  secrets: ReadonlyMap<string, string | Uint8Array>,
): string[] {
  const dressed = [...secrets].map(([name, secret]) => ({ name, dresses: dressesOf(secret) }));
  const places: string[] = [];
  for (const { path, bytes } of found) {
    for (const { name, dresses } of dressed) {
      if (dresses.some((dress) => bytes.includes(dress))) places.push(`${name} in ${path}`);
    }
  }
  return places;
}
