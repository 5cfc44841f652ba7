/** What a device must have to be allowed to serve people, as its checks, its page and its reports name it. */
import { z } from 'zod';

/** Closed: the page, the health report and the operator's guide each know what to say about every one. */
export const postureCodes = [
  'disk-encrypted', // what the data folder lies on is LUKS2, by the kernel's own word
  'disk-sealed', // the key is bound to the board, or a person types it; no key file beside the data
  'recovery-kept', // a recovery key exists and a person said that it is kept
  'swap-encrypted', // no swap, or encrypted swap
  'core-dumps-off', // memory of a process that crashes is written nowhere
  'tls-listening', // the listener speaks TLS 1.3 and nothing older
  'tls-certificate', // it belongs to the key, names the device, is in force
  'identity', // the device's own key is there, and not readable by others
  'enrolled', // the controller's certificate for it is in force; good where there is no controller
  'clock', // set, and not before what was already written
] as const;

export const PostureCode = z.enum(postureCodes);
export type PostureCode = z.infer<typeof PostureCode>;

export const PostureFinding = z.strictObject({
  code: PostureCode,
  /** `warning`: people are served, and won't be for long. `bad`: nobody is served. */
  state: z.enum(['good', 'warning', 'bad']),
  /** One sentence of what was seen, for an administrator. */
  says: z.string(),
  /** What to do; null when it is good. */
  cure: z.string().nullable(),
});
export type PostureFinding = z.infer<typeof PostureFinding>;

export const Posture = z.strictObject({
  holds: z.boolean(),
  findings: z.array(PostureFinding),
});
export type Posture = z.infer<typeof Posture>;
