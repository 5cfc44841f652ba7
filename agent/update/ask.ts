/** The agent's half of the update folder: orders go in, words come out, settings are laid down. The updater is another process. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InstallOrder, UpdateSettings } from '@rockpool/protocol/update/order';
import { OrderFile, orderFileName } from '@rockpool/protocol/update/order-file';
import type { ReleaseKind } from '@rockpool/protocol/update/release';
import { UpdateStatus } from '@rockpool/protocol/update/status';
import type { Clock } from '../host/clock.ts';
import { syncFolder, writeFileAtomically } from '../host/files.ts';
import { outboxNames } from './machine/outbox.ts';
import { questionFile } from './offers.ts';
import { settingsFile } from './settings.ts';

export interface UpdateFolder {
  /** Durable on return. @param id the same twice is one order */
  install(id: string, order: InstallOrder): void;
  cancel(id: string, rollout: string | null): void;
  rollBack(id: string, kind: ReleaseKind, rollout: string | null): void;
  /** What the repository holds: answered in `offers.json`. */
  question(id: string): void;
  /** For the updater's next start. */
  declare(settings: UpdateSettings): void;
  /** Every word that waits, in order; each is gone once `tell` has returned. @returns the newest */
  take(tell: (status: UpdateStatus) => void): UpdateStatus | undefined;
}

/** The updater's account reads what we write, and we what it does: they share a group. */
const shared = 0o660;

export function openUpdateFolder(
  folder: string,
  { clock, report }: { clock: Pick<Clock, 'now'>; report(error: unknown): void },
): UpdateFolder {
  const put = (order: OrderFile): void =>
    writeFileAtomically(
      join(folder, 'orders', orderFileName(order.id)),
      JSON.stringify(OrderFile.parse(order)),
      shared,
    );
  const stamp = (id: string) => ({ v: 1, id, takenAt: clock.now() }) as const;
  /** What is no word of ours must not stand before those that are. */
  const wordIn = (path: string): UpdateStatus | undefined => {
    try {
      return UpdateStatus.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  return {
    install: (id, order) => put({ ...stamp(id), what: 'install', order }),
    cancel: (id, rollout) => put({ ...stamp(id), what: 'cancel', rollout }),
    rollBack: (id, kind, rollout) => put({ ...stamp(id), what: 'roll-back', kind, rollout }),
    question: (id) => writeFileAtomically(questionFile(folder), id, shared),
    declare: (settings) => writeFileAtomically(settingsFile(folder), JSON.stringify(settings), shared),
    take(tell) {
      const outbox = join(folder, 'outbox');
      const names = outboxNames(namesIn(outbox));
      let newest: UpdateStatus | undefined;
      for (const name of names) {
        const path = join(outbox, name);
        const status = wordIn(path);
        if (status) {
          tell(status);
          newest = status;
        }
        rmSync(path);
      }
      if (names.length > 0) syncFolder(outbox);
      return newest;
    },
  };
}

/** None before the updater ran for the first time. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
