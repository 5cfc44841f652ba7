/**
 * What the updater is asked for: a file in its folder of orders, put there by the agent for its controller, or by a person's
 * command line. Written beside, synced and renamed, so that it is there wholly; the updater removes it.
 */
import { z } from 'zod';
import { InstallOrder } from './order.ts';
import { ReleaseKind } from './release.ts';

const common = {
  v: z.literal(1),
  /** The command's; made at random by a person's command line. The same twice is one order. */
  id: z.uuid(),
  /** Milliseconds since 1970, by the device's clock: of two that wait, the newer holds. */
  takenAt: z.int().nonnegative(),
};

export const OrderFile = z.discriminatedUnion('what', [
  z.strictObject({ ...common, what: z.literal('install'), order: InstallOrder }),
  /** What this rollout asked for; with null, what is under way or waits, whoever asked for it. */
  z.strictObject({ ...common, what: z.literal('cancel'), rollout: z.uuid().nullable() }),
  z.strictObject({
    ...common,
    what: z.literal('roll-back'),
    rollout: z.uuid().nullable(),
    kind: ReleaseKind,
  }),
]);
export type OrderFile = z.infer<typeof OrderFile>;

export const orderFileName = (id: string): string => `${id}.json`;
export const orderFileLimitBytes = 16 * 1024;
