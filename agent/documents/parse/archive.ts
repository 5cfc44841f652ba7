/** Driver for yauzl: looks into a ZIP file without trusting what it says about itself, and reads single entries. */
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { bomb, damaged, locked } from './problem.ts';

/** Word, Excel and PowerPoint files keep far below; a ZIP bomb can't. */
export const archiveLimits = {
  entries: 2_000,
  entryBytes: 64 * 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  ratio: 200,
  /** Below this a ratio says nothing: a sheet of equal cells packs as tightly as a bomb, and can't hurt. */
  ratioFromBytes: 4 * 1024 * 1024,
};

export interface Archive {
  readonly names: ReadonlySet<string>;
  /** Undefined when there is no such entry. */
  read(name: string): Promise<Buffer | undefined>;
}

/**
 * Opens `bytes` when nothing in it exceeds the limits, be it declared or only found while inflating.
 * Every entry is inflated once and counted, so that libraries with no limits of their own may follow.
 */
export async function openArchive(bytes: Buffer): Promise<Archive> {
  const { zip, entries } = await readDirectory(bytes);
  let total = 0;
  for (const entry of entries.values()) {
    total += await inflate(zip, entry, () => {});
    if (total > archiveLimits.totalBytes) throw bomb();
  }
  return {
    names: new Set(entries.keys()),
    async read(name) {
      const entry = entries.get(name);
      if (!entry) return undefined;
      const chunks: Buffer[] = [];
      await inflate(zip, entry, (chunk) => chunks.push(chunk));
      return Buffer.concat(chunks);
    },
  };
}

async function readDirectory(bytes: Buffer): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  const entries = new Map<string, Entry>();
  const zip = await fromBufferPromise(bytes, { validateEntrySizes: true }).catch((cause) => {
    throw damaged(cause);
  });
  if (zip.entryCount > archiveLimits.entries) throw bomb();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw locked();
    total += entry.uncompressedSize;
    const { entryBytes, totalBytes } = archiveLimits;
    if (entry.uncompressedSize > entryBytes || total > totalBytes || isTooTight(entry)) throw bomb();
    if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
  }
  return { zip, entries };
}

const isTooTight = ({ compressedSize, uncompressedSize }: Entry): boolean =>
  uncompressedSize > archiveLimits.ratioFromBytes &&
  uncompressedSize > Math.max(1, compressedSize) * archiveLimits.ratio;

/** yauzl ends the stream with an error as soon as more comes out than was declared. */
async function inflate(zip: ZipFile, entry: Entry, take: (chunk: Buffer) => void): Promise<number> {
  let bytes = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    bytes += chunk.length;
    take(chunk);
  }
  return bytes;
}
