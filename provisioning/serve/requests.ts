/**
 * What the setup page's unprivileged program may ask of root, and nothing else: one line of JSON in over the Unix
 * socket, one line back (`watch`: many); then the connection ends.
 */
import { refusals } from '@rockpool/protocol/refusal';
import { SetupKept, SetupProgress, SetupStart, SetupUnlock } from '@rockpool/protocol/setup';
import { z } from 'zod';

export const socketPath = '/run/rockpool/provision.sock';
/** A claim file and its envelope fit; whatever is longer is not read on. */
export const maxRequestBytes = 16 * 1024;

export const ProvisionRequest = z.discriminatedUnion('ask', [
  /** → `{ say: 'progress', progress }` */
  z.strictObject({ ask: z.literal('progress') }),
  /** → `{ say: 'progress', progress }` now and after every change, until either side closes. */
  z.strictObject({ ask: z.literal('watch') }),
  /** → `{ say: 'code', hash }`: by what the label's code is checked; null once it was used up. */
  z.strictObject({ ask: z.literal('code') }),
  /** → `{ say: 'certificate', … }`: what the page is served with once the device has one, else null. */
  z.strictObject({ ask: z.literal('certificate') }),
  /** → `{ say: 'done' }` when work has begun; again after `refused` it tries again. */
  z.strictObject({ ask: z.literal('start'), with: SetupStart }),
  /** → `{ say: 'done' }`, or refused `bad-request` when a word is wrong. In phase `recovery` only. */
  z.strictObject({ ask: z.literal('kept'), with: SetupKept }),
  /** → `{ say: 'done' }` when the disk is open, or refused `wrong-code`. In phase `locked` only. */
  z.strictObject({ ask: z.literal('unlock'), with: SetupUnlock }),
]);
export type ProvisionRequest = z.infer<typeof ProvisionRequest>;

export const ProvisionAnswer = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('progress'), progress: SetupProgress }),
  z.strictObject({ say: z.literal('code'), hash: z.string().nullable() }),
  z.strictObject({
    say: z.literal('certificate'),
    certificate: z
      .strictObject({
        /** PEM, leaf first. */
        chain: z.string(),
        key: z.string(),
        /** PEM of the authority that people install; null where browsers know it already. */
        authority: z.string().nullable(),
      })
      .nullable(),
  }),
  z.strictObject({ say: z.literal('done') }),
  z.strictObject({
    say: z.literal('refused'),
    code: z.enum(Object.keys(refusals) as [keyof typeof refusals, ...(keyof typeof refusals)[]]),
    message: z.string(),
  }),
]);
export type ProvisionAnswer = z.infer<typeof ProvisionAnswer>;
