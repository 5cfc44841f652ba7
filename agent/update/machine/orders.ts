/** The folder that orders come by, and what holds when there are several: the newest, and the others are told so. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { InstallOrder } from '@rockpool/protocol/update/order';
import {
  type OrderFile,
  orderFileLimitBytes,
  orderFileName,
  OrderFile as Schema,
} from '@rockpool/protocol/update/order-file';
import { makeFolderDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';

export type Wanted = Exclude<OrderFile, { what: 'cancel' }>;
type Cancel = Extract<OrderFile, { what: 'cancel' }>;

export interface Orders {
  /** All that are whole, oldest first. Who writes them renames them into place. */
  look(): Promise<readonly OrderFile[]>;
  /** They are gone for good on return. */
  remove(ids: readonly string[]): Promise<void>;
}

/** @param refused is told of each file that is none; it is removed */
export async function openOrders(
  disk: Disk,
  updateFolder: string,
  refused: (name: string) => void,
): Promise<Orders> {
  const folder = join(updateFolder, 'orders');
  await makeFolderDurably(disk, folder);
  const remove = async (names: readonly string[]): Promise<void> => {
    if (names.length === 0) return;
    for (const name of names) await disk.remove(join(folder, name));
    await disk.syncFolder(folder);
  };
  return {
    async look() {
      const found: OrderFile[] = [];
      for (const name of (await disk.list(folder)).filter((each) => each.endsWith('.json'))) {
        const bytes = await disk.read(join(folder, name));
        if (bytes === undefined) continue; // whoever put it there took it away
        const order = parse(name, bytes);
        if (order) found.push(order);
        else {
          refused(name);
          await remove([name]);
        }
      }
      return found.sort((a, b) => a.takenAt - b.takenAt || (a.id < b.id ? -1 : 1));
    },
    remove: (ids) => remove(ids.map(orderFileName)),
  };
}

function parse(name: string, bytes: Buffer): OrderFile | undefined {
  if (bytes.byteLength > orderFileLimitBytes) return undefined;
  try {
    const order = Schema.parse(JSON.parse(bytes.toString('utf8')));
    return name === orderFileName(order.id) ? order : undefined;
  } catch {
    return undefined;
  }
}

export interface Choice {
  /** What is to be begun. */
  take: Wanted | undefined;
  /** What is not, and why. */
  not: readonly { order: Wanted; why: 'superseded' | 'cancelled' }[];
  /** Cancels, which have had their say, and orders that come again. */
  spent: readonly string[];
}

/** Of all that wait while nothing is under way. @param done orders that were obeyed already */
export function choose(waiting: readonly OrderFile[], done: readonly string[]): Choice {
  const again = waiting.filter(({ id }) => done.includes(id));
  const fresh = waiting.filter(({ id }) => !done.includes(id));
  const cancels = fresh.filter((order) => order.what === 'cancel');
  const wanted = fresh.filter((order) => order.what !== 'cancel');
  const holds = (order: Wanted): boolean =>
    !cancels.some((cancel) => cancel.takenAt >= order.takenAt && isAbout(cancel, rolloutOf(order)));
  const take = wanted.filter(holds).at(-1);
  return {
    take,
    not: wanted
      .filter((order) => order !== take)
      .map((order) => ({ order, why: holds(order) ? 'superseded' : 'cancelled' })),
    spent: [...again, ...cancels].map(({ id }) => id),
  };
}

/** What speaks against going on with what is under way. */
export function interruption(
  waiting: readonly OrderFile[],
  underWay: { id: string; order: InstallOrder; takenAt: number },
  done: readonly string[],
): 'superseded' | 'cancelled' | undefined {
  const fresh = waiting.filter(({ id }) => id !== underWay.id && !done.includes(id));
  const { rollout } = underWay.order;
  if (fresh.some((order) => order.what !== 'cancel' && !repeats(order, underWay.order))) return 'superseded';
  return fresh.some(
    (order) => order.what === 'cancel' && order.takenAt >= underWay.takenAt && isAbout(order, rollout),
  )
    ? 'cancelled'
    : undefined;
}

/** A rollout that says the same once more wants nothing else: it is told, once this is over, that it is installed already. */
const repeats = (order: Wanted, underWay: InstallOrder): boolean =>
  order.what === 'install' && underWay.rollout !== null && isDeepStrictEqual(order.order, underWay);

export const rolloutOf = (order: Wanted): string | null =>
  order.what === 'install' ? order.order.rollout : order.rollout;

const isAbout = (cancel: Cancel, rollout: string | null): boolean =>
  cancel.rollout === null || cancel.rollout === rollout;
