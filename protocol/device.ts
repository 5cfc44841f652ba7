/** What the page learns about the device before and after signing in. */
import { z } from 'zod';
import { Person } from './people.ts';

export const ModelAbout = z.object({
  id: z.string().describe('the name under /v1/models'),
  label: z.string(),
  file: z.string(),
  bytes: z.int(),
  contextTokens: z.int(),
  builtIn: z.boolean(),
  digest: z.string().describe('sha256 of the weights, in hex'),
  createdAt: z.int().describe('seconds since 1970: when the file was written'),
});
export type ModelAbout = z.infer<typeof ModelAbout>;

export const DeviceStatus = z.object({
  name: z.string(),
  version: z.string(),
  needsSetup: z.boolean(),
  ready: z.boolean(),
  deskRun: z.boolean().describe('true: a laptop, loopback only, no appliance posture'),
  secure: z.boolean().describe('true: served over TLS'),
  signedIn: Person.nullable(),
  model: ModelAbout.nullable().describe('null until one is signed in and it is loaded'),
});
export type DeviceStatus = z.infer<typeof DeviceStatus>;
