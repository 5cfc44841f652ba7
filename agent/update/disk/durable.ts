/** A file that is there wholly or not at all, whenever the power is cut. */
import { dirname } from 'node:path';
import type { Disk } from '../disk.ts';

/** On return it holds these bytes for good; until then, what it held. The folder has to be there. */
export async function writeDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  await disk.remove(partial);
  const file = await disk.open(partial, 'new');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(partial, path);
  await disk.syncFolder(dirname(path));
}

/** Its name is durable on return. Its parent has to be there. */
export async function makeFolderDurably(disk: Disk, path: string): Promise<void> {
  await disk.makeFolder(path);
  await disk.syncFolder(path);
  if (dirname(path) !== path) await disk.syncFolder(dirname(path));
}
