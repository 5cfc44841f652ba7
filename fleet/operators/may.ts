/** What each role may do: one table, for the API, the dashboard and whoever reads it. */
import { Role } from '@rockpool/protocol/fleet/api';

/** The least role that may do it; a greater one may too. */
export const actions = {
  /** Devices, alerts, commands, labels, overview, samples, the live feed. */
  look: 'viewer',
  'acknowledge-alert': 'operator',
  'label-device': 'operator',
  'send-command': 'operator',
  'cancel-command': 'operator',
  'set-config': 'operator',
  /** Making, starting, pausing, resuming, halting and approving them. */
  'run-rollout': 'operator',
  'list-claims': 'operator',
  'create-claim': 'operator',
  'revoke-claim': 'operator',
  /** Names that a certificate of the LAN root will carry. */
  'allow-names': 'admin',
  /** For good: the device has to be enrolled again by hand. */
  'revoke-device': 'admin',
  'read-audit': 'admin',
  'manage-operators': 'admin',
  /** One's own; never with more than one's own role. */
  'make-api-key': 'viewer',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof actions;

const rank = Object.fromEntries(Role.options.map((role, n) => [role, n])) as Record<Role, number>;

/** Whether one role includes the other. */
export const includes = (role: Role, other: Role): boolean => rank[role] >= rank[other];

export const may = (role: Role, action: Action): boolean => includes(role, actions[action]);
