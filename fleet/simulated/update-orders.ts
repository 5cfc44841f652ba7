/** Leaves orders where a simulated updater takes them from, as an agent does. */
import { join } from 'node:path';
import { makeFolderDurably, writeDurably } from '@rockpool/agent/update/disk/durable.ts';
import type { Disk } from '@rockpool/agent/update/disk.ts';
import { OrderFile, orderFileName } from '@rockpool/protocol/update/order-file';

export async function leaveOrder(disk: Disk, updateFolder: string, order: OrderFile): Promise<void> {
  const folder = join(updateFolder, 'orders');
  await makeFolderDurably(disk, folder);
  const bytes = Buffer.from(JSON.stringify(OrderFile.parse(order)));
  await writeDurably(disk, join(folder, orderFileName(order.id)), bytes);
}
