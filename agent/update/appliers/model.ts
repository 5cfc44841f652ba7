/**
 * Models and adapters: the running agent loads the new one beside the old, or after a drain, and asks it the golden prompt.
 * Nothing on disk changes until it is committed, so an agent that starts again before that starts with the old one.
 */
import { join } from 'node:path';
import { InstalledModel, type ModelTry } from '@rockpool/protocol/update/agent-socket';
import type { Release } from '@rockpool/protocol/update/release';
import { writeDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';
import { type Applier, type Payload, UpdateError } from '../parts.ts';
import { demandAdapter, demandModel } from './gguf-content.ts';
import { AgentSilent, type RunningAgent } from './running-agent.ts';

type ModelRelease = Extract<Release, { kind: 'model' }>;
type AdapterRelease = Extract<Release, { kind: 'adapter' }>;

export interface ModelApplierParts {
  agent: RunningAgent;
  disk: Disk;
  /** Of the updater: `model.json` is in it. */
  folder: string;
  fileOf: Payload['fileOf'];
  /** Of the whole device. */
  memoryMiB: number;
}

/** For the kinds `model` and `adapter`. */
export function createModelApplier(parts: ModelApplierParts): Applier {
  const { agent, disk, folder } = parts;
  const file = join(folder, 'model.json');
  return {
    async probe(release, signal) {
      const wanted = ours(release);
      await wantedModel(wanted, parts);
      demandMemory(wanted, parts);
      await said(agent.state(signal), 'no-slot'); // who would take it back?
    },
    async stage(release) {
      const wanted = ours(release);
      const path = parts.fileOf(wanted.artifact);
      if (wanted.kind === 'model') return demandModel(path);
      demandAdapter(path, parts.fileOf({ sha256: wanted.base }));
    },
    async activate(release, signal) {
      await tryOut(ours(release), parts, signal);
      return 'here';
    },
    async inForce(release, signal) {
      try {
        const { model } = await agent.state(signal);
        return isThat(ours(release), model);
      } catch (error) {
        if (error instanceof AgentSilent) return undefined;
        throw error;
      }
    },
    async prove(release, signal) {
      const wanted = ours(release);
      await demandInForce(wanted, parts, signal);
      // Asked again, now that people ask too; an agent that has it already loads nothing.
      await tryOut(wanted, parts, signal);
      await demandInForce(wanted, parts, signal);
    },
    async commit(release) {
      const installed = await installedWith(ours(release), parts);
      await writeDurably(disk, file, Buffer.from(`${JSON.stringify(installed)}\n`));
    },
    async rollBack(_release, signal) {
      await said(agent.backToCommitted(signal), 'slot-failed');
      return 'here';
    },
    // It lies in the store alone, and leaves it with what nobody needs any more.
    discard: async () => undefined,
  };
}

function ours(release: Release): ModelRelease | AdapterRelease {
  if (release.kind === 'model' || release.kind === 'adapter') return release;
  throw new UpdateError('bad-content', `A release of the kind ${release.kind} is no model.`);
}

/** What an agent would start with once this is committed. @throws UpdateError `not-for-us` for an adapter of another base */
async function installedWith(
  release: ModelRelease | AdapterRelease,
  { disk, folder }: ModelApplierParts,
): Promise<InstalledModel> {
  const { name, version, artifact } = release;
  const own = { name, version, sha256: artifact.sha256 };
  if (release.kind === 'model') return { v: 1, ...own, adapter: null };
  const committed = await readInstalled(disk, join(folder, 'model.json'));
  if (committed?.sha256 !== release.base) {
    const has = committed ? `${committed.name} ${committed.version} is` : 'no model of an update is';
    throw new UpdateError(
      'not-for-us',
      `${name} is an adapter of other weights than those here: ${has} installed.`,
    );
  }
  return { ...committed, adapter: own };
}

/** Undefined for none, and for one that is damaged: agents don't heed it either. */
async function readInstalled(disk: Disk, file: string): Promise<InstalledModel | undefined> {
  const bytes = await disk.read(file);
  if (!bytes) return undefined;
  try {
    return InstalledModel.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

async function wantedModel(
  release: ModelRelease | AdapterRelease,
  parts: ModelApplierParts,
): Promise<ModelTry> {
  const { name, sha256, adapter } = await installedWith(release, parts);
  const fileOf = (hash: string): string => parts.fileOf({ sha256: hash });
  return {
    ...{ file: fileOf(sha256), sha256, name, golden: release.golden },
    adapter: adapter && { file: fileOf(adapter.sha256), sha256: adapter.sha256 },
  };
}

/** What llama.cpp needs besides the weights, at least; how much room is left for people's words the agent decides. */
const workMiB = 300;
/** The model's unit is given no more (rockpool-model.service). */
const mostShare = 0.8;

function demandMemory(
  { artifact, name }: ModelRelease | AdapterRelease,
  { memoryMiB }: ModelApplierParts,
): void {
  const neededMiB = Math.ceil(artifact.bytes / 2 ** 20) + workMiB;
  if (neededMiB > memoryMiB * mostShare)
    throw new UpdateError(
      'no-memory',
      `${name} needs ${neededMiB} MiB, and this device has ${memoryMiB} MiB in all.`,
    );
}

async function tryOut(
  release: ModelRelease | AdapterRelease,
  parts: ModelApplierParts,
  signal: AbortSignal,
): Promise<void> {
  const tried = await said(parts.agent.tryModel(await wantedModel(release, parts), signal), 'crashed');
  if (!tried.held) throw new UpdateError(tried.reason, tried.says);
}

type InForce = { sha256: string | null; adapter: string | null };
const isThat = (release: ModelRelease | AdapterRelease, { sha256, adapter }: InForce): boolean =>
  release.kind === 'model'
    ? sha256 === release.artifact.sha256 && adapter === null
    : sha256 === release.base && adapter === release.artifact.sha256;

/** With less than this the next long conversation ends the agent. */
const leastMemoryMiB = 64;

async function demandInForce(
  release: ModelRelease | AdapterRelease,
  { agent }: ModelApplierParts,
  signal: AbortSignal,
): Promise<void> {
  const { model, ready, why, memoryAvailableMiB } = await said(agent.state(signal), 'unhealthy');
  if (!isThat(release, model))
    throw new UpdateError('not-that-version', `${model.id ?? 'No model'} answers, and not ${release.name}.`);
  if (!ready) throw new UpdateError('unhealthy', why ?? 'The agent does not serve people.');
  if (memoryAvailableMiB < leastMemoryMiB)
    throw new UpdateError(
      'unhealthy',
      `Beside ${release.name} only ${memoryAvailableMiB} MiB of memory are left.`,
    );
}

/** An agent that is silent, as the reason that it is at this point. */
async function said<T>(
  answer: Promise<T>,
  reason: 'no-slot' | 'slot-failed' | 'crashed' | 'unhealthy',
): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof AgentSilent)) throw cause;
    throw new UpdateError(reason, cause.message, { cause });
  }
}
