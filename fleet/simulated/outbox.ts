/** Sends on what a simulated updater left to be told, in its order, and takes it out of the folder. */
import { join } from 'node:path';
import type { Disk } from '@rockpool/agent/update/disk.ts';
import { outboxNames } from '@rockpool/agent/update/machine/outbox.ts';
import { UpdateStatus } from '@rockpool/protocol/update/status';

export interface OutboxParts {
  disk: Disk;
  /** The update folder. */
  folder: string;
  /** It is in the spool on return. */
  tell(status: UpdateStatus): void;
}

export async function sendOn({ disk, folder, tell }: OutboxParts): Promise<void> {
  const outbox = join(folder, 'outbox');
  for (const name of outboxNames(await disk.list(outbox))) {
    const path = join(outbox, name);
    const bytes = await disk.read(path);
    const status = bytes && read(bytes);
    if (status) tell(status);
    // After, not before: a word that is told twice is known by its transaction.
    await disk.remove(path);
  }
}

/** Undefined for what an updater of another version wrote: nobody here understands it. */
function read(bytes: Buffer): UpdateStatus | undefined {
  try {
    return UpdateStatus.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
