/** What only root may do is asked of systemd: by a file in a folder that is the updater's alone, and that a path unit looks at. */
import { join } from 'node:path';
import type { Disk } from '../disk.ts';

/** Where an appliance's units look. In memory: an ask doesn't outlive the boot it was for. */
export const askFolder = '/run/rockpool/updater';

export interface Asks {
  /** The agent is started again; which release it runs is decided then. */
  restart(): Promise<void>;
  reboot(): Promise<void>;
}

export function asksIn(disk: Disk, folder: string): Asks {
  const ask = async (what: 'restart' | 'reboot'): Promise<void> =>
    await (await disk.open(join(folder, what), 'rw')).close();
  return { restart: () => ask('restart'), reboot: () => ask('reboot') };
}

/** Where an appliance's agent answers the updater: in a folder of their common group. */
export const agentSocket = '/run/rockpool/update/agent.sock';
