/**
 * How an agent's release comes into force: unpacked beside the others, started for a few attempts, and only then what
 * `agent/current` stands for. Until that, a power cut at any instant starts the old one.
 */
import { join } from 'node:path';
import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import type { Artifact, Release } from '@rockpool/protocol/update/release';
import { makeFolderDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';
import { type Applier, UpdateError } from '../parts.ts';
import { currentLink, hashOfLink, releaseFolder, trialIn } from './agent-trial.ts';
import { type AskState, type Holding, holds, type Pauses, unwell, usualHolding } from './health.ts';
import { type AgentRelease, compare, unpack } from './unpack.ts';

export interface AgentApplierParts {
  disk: Disk;
  /** `agent/` of the update folder. */
  folder: string;
  fileOf(artifact: Pick<Artifact, 'sha256'>): string;
  state: AskState;
  /** Has the agent started again; undefined where nothing would choose its release when it starts: on a desk. */
  restart: (() => Promise<void>) | undefined;
  /** What the selector wrote last: without it nothing reads what is written here. */
  selection: string;
  pauses: Pauses;
  attempts?: number;
  holding?: Holding;
  /** How often, a second apart, one asks whether the agent was restarted. */
  restartSeconds?: number;
}

export function createAgentApplier(parts: AgentApplierParts): Applier {
  const { disk, folder, state, pauses, attempts = 3, holding = usualHolding, restartSeconds = 120 } = parts;
  const trial = trialIn(disk, folder);
  const place = (release: AgentRelease): string => releaseFolder(folder, release.tar.sha256);
  const archive = (release: AgentRelease): string => parts.fileOf(release.tar);
  const committed = async (): Promise<string | null> =>
    hashOfLink(await disk.readLink(currentLink(folder))) ?? null;
  const onTrial = async () => (await trial.load()).value?.trial ?? null;
  const restart = async (isDone: (state: AgentState) => boolean, signal: AbortSignal): Promise<void> => {
    if (parts.restart === undefined) throw onDesk();
    await parts.restart();
    for (let second = 0; second < restartSeconds && !signal.aborted; second += 1) {
      const now = await state(signal);
      // Nobody answers: the old one has ended, and what comes next is for the trial to see.
      if (now === undefined || isDone(now)) return;
      await pauses.sleep(1_000, signal);
    }
    throw new UpdateError('slot-failed', 'The agent was to be restarted, and still runs.');
  };
  const pointAt = (hash: string | null): Promise<void> => pointCurrentAt(disk, folder, hash);

  return {
    async probe(release) {
      agentRelease(release);
      if (parts.restart === undefined) throw onDesk();
      if ((await disk.readLink(parts.selection)) === undefined)
        throw new UpdateError('no-slot', 'Nothing on this system chooses between releases of the agent.');
    },

    async stage(release, signal) {
      const wanted = agentRelease(release);
      for (const path of [folder, join(folder, 'releases')]) {
        await makeFolderDurably(disk, path);
        await disk.setMode(path, 0o755);
      }
      if ((await committed()) === wanted.tar.sha256) return;
      await unpack(disk, archive(wanted), place(wanted), wanted, signal);
    },

    async activate(release, signal) {
      const wanted = agentRelease(release);
      const hash = wanted.tar.sha256;
      // Again, although it was read back when it was staged: it may have waited for days for its hour.
      await compare(disk, archive(wanted), place(wanted), wanted, signal);
      const known = await onTrial();
      const now = await state(signal);
      // A second call after a power cut gives no attempts back.
      if (known?.hash !== hash)
        await trial.save({
          v: 1,
          trial: {
            hash,
            attemptsLeft: attempts,
            before: await committed(),
            uplinkBefore: now?.uplink ?? 'none',
          },
        });
      if (now?.release !== hash) await restart((later) => later.release === hash, signal);
      return 'here';
    },

    async inForce(release, signal) {
      const now = await state(signal);
      return now === undefined ? undefined : now.release === agentRelease(release).tar.sha256;
    },

    async prove(release, signal) {
      const wanted = agentRelease(release);
      const uplinkBefore = (await onTrial())?.uplinkBefore ?? 'none';
      const objection = async (now: AgentState | undefined): Promise<UpdateError | undefined> => {
        const against = otherThan(wanted, now) ?? unwell(now, uplinkBefore);
        // It was started as often as it may be, and another one answers: the selector has gone back by itself.
        if (now !== undefined && now.release !== wanted.tar.sha256 && (await onTrial())?.attemptsLeft === 0)
          throw new UpdateError(
            'crashed',
            `${wanted.version} was started ${attempts} times, and never stayed.`,
          );
        return against;
      };
      await holds(state, objection, pauses, holding, signal);
    },

    async commit(release) {
      const hash = agentRelease(release).tar.sha256;
      // A commit that is done again finds its own hash there.
      const before = (await onTrial())?.before ?? (await committed());
      await pointAt(hash);
      await trial.save({ v: 1, trial: null });
      await forget(disk, folder, [hash, before]);
    },

    async rollBack(release, signal) {
      const { sha256: hash } = agentRelease(release).tar;
      const known = await onTrial();
      // Cut in the middle of a commit: what was before stands in the record, which goes last.
      if ((await committed()) === hash) await pointAt(known?.before ?? null);
      // Twice, so that neither copy starts it again when the other is damaged.
      for (const _ of ['a', 'b']) await trial.save({ v: 1, trial: null });
      const now = await state(signal);
      if (now === undefined || now.release === hash) await restart((later) => later.release !== hash, signal);
      return 'here';
    },

    async discard(release) {
      const { sha256: hash } = agentRelease(release).tar;
      if ((await committed()) === hash) return;
      if ((await onTrial())?.hash === hash) await trial.save({ v: 1, trial: null });
      await disk.remove(`${place(agentRelease(release))}.partial`);
      await disk.remove(place(agentRelease(release)));
    },
  };
}

/** Symbolic link beside, rename over, folder synced: either release may be seen until the last, and both can run. */
async function pointCurrentAt(disk: Disk, folder: string, hash: string | null): Promise<void> {
  const link = currentLink(folder);
  if (hash === null) await disk.remove(link);
  else if (hashOfLink(await disk.readLink(link)) !== hash) {
    await disk.remove(`${link}.next`);
    await disk.link(`releases/${hash}`, `${link}.next`);
    await disk.rename(`${link}.next`, link);
  }
  await disk.syncFolder(folder);
}

/** What is neither committed nor the one before. Power may go in between: the next commit finds the rest. */
async function forget(disk: Disk, folder: string, keep: readonly (string | null)[]): Promise<void> {
  for (const name of await disk.list(join(folder, 'releases')))
    if (!keep.includes(name)) await disk.remove(join(folder, 'releases', name));
}

function agentRelease(release: Release): AgentRelease {
  if (release.kind === 'agent') return release;
  throw new UpdateError('not-for-us', `A release of kind ${release.kind} is no agent.`);
}

/** By what it runs from and by what it says of itself: an old process that still answers is neither. */
function otherThan(wanted: AgentRelease, now: AgentState | undefined): UpdateError | undefined {
  if (now === undefined) return undefined;
  if (now.release !== wanted.tar.sha256)
    return new UpdateError(
      'not-that-version',
      `The agent that answers is ${now.version}, not ${wanted.version}.`,
    );
  if (now.version === wanted.version) return undefined;
  throw new UpdateError('not-that-version', `The release ${wanted.version} says that it is ${now.version}.`);
}

const onDesk = (): UpdateError =>
  new UpdateError('no-slot', 'This agent runs from a checkout on a desk, which no release replaces.');
