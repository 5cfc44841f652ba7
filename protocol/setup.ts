/** What the setup page of a device without a person yet, and the program behind it, say to each other. */
import { z } from 'zod';
import { PostureFinding } from './posture.ts';

/** What the device is waiting for. */
export const SetupPhase = z.enum([
  'fresh', // nothing is set up; waits for the code of the label
  'working', // steps are running
  'recovery', // the recovery key is shown once, and a person has to say that it is kept
  'refused', // a step cannot be done; says why, and what to do
  'locked', // set up before, and the disk did not open: waits for the recovery key
  'done', // the agent takes over
]);
export type SetupPhase = z.infer<typeof SetupPhase>;

/** What anybody on the LAN may know. */
export const SetupState = z.strictObject({
  name: z.string(),
  phase: SetupPhase,
  /** Codes only; the sentences are for the holder of the code. */
  missing: z.array(z.string()),
  /** Seconds until another code may be tried; 0 when one may. */
  waitS: z.int().min(0),
});
export type SetupState = z.infer<typeof SetupState>;

export const SetupStep = z.strictObject({
  id: z.string().describe('a step of the plan; the page has its name in both languages'),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** What the world showed after it; or why it failed and what to do. */
  says: z.string().nullable(),
});
export type SetupStep = z.infer<typeof SetupStep>;

/** What the code's holder sees. */
export const SetupProgress = z.strictObject({
  name: z.string(),
  phase: SetupPhase,
  steps: z.array(SetupStep),
  /** Why it stopped, in phases `refused` and `locked`; the page has its own words for the codes it knows. */
  refusal: z
    .strictObject({
      code: z
        .string()
        .describe("a controller's (EnrolRefusalCode), or the id of the step that can't be done"),
      says: z.string().describe('what was seen and what to do'),
    })
    .nullable(),
  findings: z.array(PostureFinding),
  /** True when the controller asks for a claim and none was found on a stick or in the settings. */
  needsClaim: z.boolean(),
  /** Given in phase `recovery` only. */
  recovery: z
    .strictObject({
      /** As the boot prompt takes it: eight groups of eight letters. */
      key: z.string(),
      words: z.array(z.string()).length(24),
      /** A QR code's modules, row by row, of the key. */
      qr: z.array(z.array(z.boolean())),
    })
    .nullable(),
  /** For installing the certificate authority on laptops and phones; null when browsers know it already. */
  authority: z
    .strictObject({
      name: z.string(),
      /** Of the certificate's DER form, in hex. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** Names and networks it may vouch for, as one reads them: `leeds.local`, `192.168.0.0/16`. */
      constraints: z.array(z.string()),
      pem: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
    })
    .nullable(),
  /** Where the agent will answer. */
  address: z.url({ protocol: /^https$/ }),
});
export type SetupProgress = z.infer<typeof SetupProgress>;

/** `POST /setup/api/open` with the label's code; answers a cookie, or `wrong-code` with `retry-after`. */
export const SetupOpen = z.strictObject({ code: z.string().min(1).max(64) });
/** `POST /setup/api/start` */
export const SetupStart = z.strictObject({
  name: z.string().max(63).optional(),
  claim: z
    .string()
    .max(4_096)
    .optional()
    .describe('a claim as typed, or the text of a claim file or QR code'),
  language: z.enum(['en', 'zh']),
});
/** `POST /setup/api/kept`: two of the words, chosen by the page's asking, prove that it was written down. */
export const SetupKept = z.strictObject({
  words: z.array(z.string().max(16)).length(2),
  places: z.array(z.int().min(0).max(23)).length(2),
});
/** `POST /setup/api/unlock`: the recovery key as letters or as words. */
export const SetupUnlock = z.strictObject({ recoveryKey: z.string().max(512) });
