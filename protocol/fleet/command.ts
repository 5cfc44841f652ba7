/** What a controller tells one device to do: signed by its command key, once only, for a while only. */
import { z } from 'zod';
import { DeviceName } from '../enrolment.ts';
import { InstallOrder, UpdateSettings } from '../update/order.ts';
import { ReleaseKind } from '../update/release.ts';

export const commandDomain = 'rockpool/command/v1';

/** Settings that a controller may declare. */
export const DeclaredConfig = z
  .strictObject({
    heartbeatS: z.int().min(10).max(3_600),
    logLevel: z.enum(['error', 'warn', 'info', 'debug']),
    /** Cron expression of the nightly self-test, in the device's own time. */
    selfTest: z.string().max(64),
    /** Whether the device may be told to send a support bundle. */
    supportBundles: z.boolean(),
    updates: UpdateSettings,
  })
  .partial();
export type DeclaredConfig = z.infer<typeof DeclaredConfig>;

const what = {
  reboot: z.strictObject({}),
  'restart-agent': z.strictObject({}),
  'collect-support-bundle': z.strictObject({}),
  'set-config': z.strictObject({ version: z.int().positive(), config: DeclaredConfig }),
  'rotate-certificate': z.strictObject({}),
  'run-self-test': z.strictObject({}),
  'use-model': z.strictObject({ model: z.string().min(1).max(128) }),
  /** Looks what the repository holds now, and tells what of it would be installed. */
  'check-update': z.strictObject({}),
  install: z.strictObject({ order: InstallOrder }),
  /** Ends what this rollout asked for, as long as it isn't switched to. */
  'cancel-install': z.strictObject({ rollout: z.uuid() }),
  /** Back to what was committed before, where no floor forbids it. */
  'roll-back': z.strictObject({ rollout: z.uuid().nullable(), kind: ReleaseKind }),
} as const;
export const commandNames = Object.keys(what) as (keyof typeof what)[];
export type CommandName = keyof typeof what;

export const CommandOrder = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('reboot'), args: what.reboot }),
  z.strictObject({ name: z.literal('restart-agent'), args: what['restart-agent'] }),
  z.strictObject({ name: z.literal('collect-support-bundle'), args: what['collect-support-bundle'] }),
  z.strictObject({ name: z.literal('set-config'), args: what['set-config'] }),
  z.strictObject({ name: z.literal('rotate-certificate'), args: what['rotate-certificate'] }),
  z.strictObject({ name: z.literal('run-self-test'), args: what['run-self-test'] }),
  z.strictObject({ name: z.literal('use-model'), args: what['use-model'] }),
  z.strictObject({ name: z.literal('check-update'), args: what['check-update'] }),
  z.strictObject({ name: z.literal('install'), args: what.install }),
  z.strictObject({ name: z.literal('cancel-install'), args: what['cancel-install'] }),
  z.strictObject({ name: z.literal('roll-back'), args: what['roll-back'] }),
]);
export type CommandOrder = z.infer<typeof CommandOrder>;

/** `down/command`, in a frame that its signature goes before. */
export const Command = z.strictObject({
  v: z.literal(1),
  dev: DeviceName,
  id: z.uuid(),
  /** Larger with every command for this device. One that isn't is a replay. */
  counter: z.int().positive(),
  issuedAt: z.int().positive(),
  notAfter: z.int().positive(),
  order: CommandOrder,
});
export type Command = z.infer<typeof Command>;

/** Why a device doesn't obey. */
export const commandRefusals = [
  'signature', // by no command key of ours, or malleated
  'not-mine', // for another device
  'unknown-version',
  'malformed',
  'expired',
  'replayed', // its counter is not above the last one's, and its id is none that was seen
  'not-allowed', // this device's settings don't let it
  'unsupported', // nothing here can do it
] as const;
export const CommandRefusal = z.enum(commandRefusals);
export type CommandRefusal = z.infer<typeof CommandRefusal>;

export const CommandResult = z.strictObject({
  /** Null where it could not even be read. */
  id: z.uuid().nullable(),
  state: z.enum(['accepted', 'succeeded', 'failed', 'refused']),
  reason: CommandRefusal.optional(),
  /** One sentence. */
  says: z.string().max(400).optional(),
  /** What was found, such as a self-test's lines. */
  found: z.array(z.string().max(200)).max(50).optional(),
});
export type CommandResult = z.infer<typeof CommandResult>;
