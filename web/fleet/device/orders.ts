/** What a device can be told, in the order in which one reaches for it. */
import type { CommandName } from '@rockpool/protocol/fleet/command';
import type { FleetIconName } from '../parts/fleet-icon.tsx';

export const orders = [
  'run-self-test',
  'check-update',
  'collect-support-bundle',
  'set-config',
  'use-model',
  'rotate-certificate',
  'restart-agent',
  'reboot',
] as const satisfies readonly CommandName[];
/** The rest belongs to rollouts, which give it themselves. */
export type GivenOrder = (typeof orders)[number];

/** A device's settings count their versions by themselves: they are changed one device at a time. */
export const bulkOrders: readonly GivenOrder[] = orders.filter((order) => order !== 'set-config');

/** People in the branch notice. */
export const disruptive: ReadonlySet<CommandName> = new Set(['reboot', 'restart-agent', 'use-model']);

export const orderIcons: Record<CommandName, FleetIconName> = {
  'run-self-test': 'pulse',
  'check-update': 'download',
  'collect-support-bundle': 'archive',
  'set-config': 'settings',
  'use-model': 'model',
  'rotate-certificate': 'key',
  'restart-agent': 'again',
  reboot: 'power',
  install: 'download',
  'cancel-install': 'close',
  'roll-back': 'again',
};
