/** How lists are asked for in an address: `label` may stand several times, numbers are texts there. */
import { AlertSeverity, Presence } from '@rockpool/protocol/fleet/api';
import { z } from 'zod';
import { type Labels, parseLabel } from '../../registry/labels.ts';
import { deviceSorts } from '../../views/device-list.ts';

/** One, or several of the same name. */
export const several = <T extends z.ZodType>(one: T) =>
  z.preprocess(
    (given) => (given === undefined ? undefined : [given].flat()),
    z.array(one).max(32).optional(),
  );

export const limited = (usual: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(usual);

/** `true` and `false`, as people write them in an address. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const DeviceListQuery = z.strictObject({
  search: z.string().max(64).optional(),
  presence: several(Presence),
  label: several(z.string().max(128)),
  /** Only devices that an open alert of this severity, or a graver one, is about. */
  worst: AlertSeverity.optional(),
  sort: z.enum(deviceSorts).optional(),
  after: z.string().max(256).optional(),
  limit: limited(100, 1_000),
});

/** @throws Refusal `bad-request` */
export const labelsFrom = (given: readonly string[] = []): Labels =>
  Object.fromEntries(given.map(parseLabel));
