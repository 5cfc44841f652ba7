/** What the updater asks of the running agent, over a Unix socket that only the two can open: HTTP, JSON both ways. */
import { z } from 'zod';
import { GoldenPrompt, Sha256 } from './release.ts';

/** `GET /state` */
export const AgentState = z.strictObject({
  /** Of the code that answers, not of what was installed. */
  version: z.string(),
  /** Of the release that it runs from; null for one that no update brought. */
  release: Sha256.nullable(),
  pid: z.int().positive(),
  uptimeMs: z.int().nonnegative(),
  /** Whether people are served: database open, model answering, posture holding. */
  ready: z.boolean(),
  /** What it says when it isn't. */
  why: z.string().nullable(),
  model: z.strictObject({
    id: z.string().nullable(),
    /** Null for one that no update brought. */
    sha256: Sha256.nullable(),
    adapter: Sha256.nullable(),
    /** Turns that run or wait. */
    busy: z.int().nonnegative(),
  }),
  uplink: z.enum(['none', 'online', 'offline']),
  memoryAvailableMiB: z.int().nonnegative(),
});
export type AgentState = z.infer<typeof AgentState>;

/** `POST /model/try`: loads it (beside the old one where memory allows), asks it the golden prompt, and serves people with it if it answers. */
export const ModelTry = z.strictObject({
  /** In the store. */
  file: z.string().startsWith('/'),
  sha256: Sha256,
  /** What people know it by; left out, its hash. */
  name: z.string().min(1).max(64).optional(),
  adapter: z.strictObject({ file: z.string().startsWith('/'), sha256: Sha256 }).nullable(),
  golden: GoldenPrompt,
});
export type ModelTry = z.infer<typeof ModelTry>;
export const ModelTried = z.discriminatedUnion('held', [
  z.strictObject({ held: z.literal(true), beside: z.boolean(), loadMs: z.int(), answerMs: z.int() }),
  z.strictObject({
    held: z.literal(false),
    reason: z.enum(['no-memory', 'golden-prompt', 'crashed', 'timeout', 'bad-content', 'not-for-us']),
    says: z.string().max(400),
  }),
]);
export type ModelTried = z.infer<typeof ModelTried>;

/** `POST /model/back`: the one that was committed answers again. Done already counts as done. */
export const ModelBack = z.strictObject({});

/** What an agent starts with: written by the updater when it commits, read by the agent. `model.json` in the update folder. */
export const InstalledModel = z.strictObject({
  v: z.literal(1),
  name: z.string(),
  version: z.string(),
  sha256: Sha256,
  adapter: z.strictObject({ name: z.string(), version: z.string(), sha256: Sha256 }).nullable(),
});
export type InstalledModel = z.infer<typeof InstalledModel>;
