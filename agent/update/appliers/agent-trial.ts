/** What the updater and the selector tell each other about an agent's release that is on trial: a record kept twice. */
import { join } from 'node:path';
import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import { type TwoCopies, twoCopies } from '../disk/two-copies.ts';
import type { Disk } from '../disk.ts';

export interface AgentTrial {
  /** Of its tar; its folder has this name. */
  hash: string;
  /** How often it may still be started. Taken from before its code runs, so that a cut counts too. */
  attemptsLeft: number;
  /** What was committed when it began; null for the system image's own. */
  before: string | null;
  uplinkBefore: AgentState['uplink'];
}

/** More than this is no record of ours. */
const attemptsMost = 10;

/** Null: none is on trial. */
export type TrialRecord = { v: 1; trial: AgentTrial | null };

/** `folder` is the `agent/` of the update folder. */
export const trialIn = (disk: Disk, folder: string): TwoCopies<TrialRecord> =>
  twoCopies(disk, join(folder, 'trial'), parseTrial);

export const releaseFolder = (folder: string, hash: string): string => join(folder, 'releases', hash);
export const currentLink = (folder: string): string => join(folder, 'current');

/** @returns the hash that a link such as `releases/HASH` stands for; undefined for any other */
export const hashOfLink = (target: string | undefined): string | undefined =>
  /^releases\/([0-9a-f]{64})$/.exec(target ?? '')?.[1];

// By hand, without zod: the selector stands in the way of every start of the agent.
function parseTrial(value: unknown): TrialRecord | undefined {
  if (!isRecord(value) || value['v'] !== 1) return undefined;
  const trial = value['trial'];
  if (trial === null) return { v: 1, trial: null };
  if (!isRecord(trial)) return undefined;
  const { hash, attemptsLeft, before, uplinkBefore } = trial;
  if (!isHash(hash) || !(before === null || isHash(before))) return undefined;
  if (typeof attemptsLeft !== 'number' || !Number.isInteger(attemptsLeft)) return undefined;
  if (attemptsLeft < 0 || attemptsLeft > attemptsMost) return undefined;
  if (uplinkBefore !== 'none' && uplinkBefore !== 'online' && uplinkBefore !== 'offline') return undefined;
  return { v: 1, trial: { hash, attemptsLeft, before, uplinkBefore } };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
