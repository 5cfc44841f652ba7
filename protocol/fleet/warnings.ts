/** Every condition that a device or its controller names, as data: how grave, what it follows from, how long it lasts before anyone is told. */
import { z } from 'zod';

export const WarningSeverity = z.enum(['notice', 'warning', 'critical']);
export type WarningSeverity = z.infer<typeof WarningSeverity>;

interface Registered {
  severity: WarningSeverity;
  /** Hidden while one of these is raised: they are why. */
  follows: readonly string[];
  /** Seconds for which it must hold, so that a moment's flicker tells nobody. */
  visibleAfterS: number;
  title: string;
  cure: string;
}

/** The agent's own; `fleet/alerts` adds those that only a controller can see. */
export const warnings = {
  'clock-unsynchronised': {
    severity: 'warning',
    follows: [],
    visibleAfterS: 900,
    title: 'The clock is not synchronised',
    cure: 'Check that the network lets the device reach its time server (NTP, UDP 123).',
  },
} as const satisfies Record<string, Registered>;

export const WarningCode = z.enum(
  Object.keys(warnings) as [keyof typeof warnings, ...(keyof typeof warnings)[]],
);
export type WarningCode = z.infer<typeof WarningCode>;
