/** The states in the order in which they are told. */
import type { Presence } from '@rockpool/protocol/fleet/api';

export const presences = [
  'online',
  'degraded',
  'flapping',
  'offline',
  'never',
  'revoked',
] as const satisfies Presence[];
