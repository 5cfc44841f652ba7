/**
 * How a release comes into force on a simulated device: what it runs is a line in its folder, and a model answers what the first
 * line of its bytes says. Everything before the switch, and every decision about it, is the updater's own.
 */
import { join } from 'node:path';
import { makeFolderDurably, writeDurably } from '@rockpool/agent/update/disk/durable.ts';
import type { Disk } from '@rockpool/agent/update/disk.ts';
import { type Applier, type Appliers, UpdateError } from '@rockpool/agent/update/parts.ts';
import { type Artifact, artifactsOf, pathOf, type Release } from '@rockpool/protocol/update/release';
import { z } from 'zod';
import { type Head, headLimitBytes, headOf } from './update-content.ts';

export interface SimulatedAppliersParts {
  disk: Disk;
  /** The update folder. */
  folder: string;
  fileOf(artifact: Pick<Artifact, 'sha256'>): string;
  /** How long a new one takes until it can be asked. */
  trialMs: number;
  /** Ends early when it is aborted, and says nothing. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const Running = z.strictObject({
  v: z.literal(1),
  /** Of the artifact that is in force; null for what the device came with. */
  sha256: z.string().nullable(),
  /** What a return leads to. */
  before: z.string().nullable(),
});
type Running = z.infer<typeof Running>;
const nothing: Running = { v: 1, sha256: null, before: null };

/** All kinds alike, beside each other. */
export function simulatedAppliers(parts: SimulatedAppliersParts): Appliers {
  const of = (kind: Release['kind']): Applier => simulatedApplier(parts, kind);
  return {
    model: of('model'),
    adapter: of('adapter'),
    agent: of('agent'),
    patch: of('patch'),
    system: of('system'),
  };
}

function simulatedApplier(parts: SimulatedAppliersParts, kind: Release['kind']): Applier {
  const { disk } = parts;
  const folder = join(parts.folder, 'simulated');
  const file = join(folder, `${kind}.json`);
  const load = async (): Promise<Running> => {
    const bytes = await disk.read(file);
    return bytes ? Running.parse(JSON.parse(bytes.toString('utf8'))) : nothing;
  };
  const save = async (running: Running): Promise<void> => {
    await makeFolderDurably(disk, folder);
    await writeDurably(disk, file, Buffer.from(JSON.stringify(running)));
  };
  return {
    async probe() {},
    async stage(release) {
      for (const artifact of artifactsOf(release)) await readHead(parts, artifact);
    },
    async activate(release) {
      const { sha256 } = await load();
      const wanted = digestOf(release);
      if (sha256 !== wanted) await save({ v: 1, sha256: wanted, before: sha256 });
      return 'here';
    },
    inForce: async (release) => (await load()).sha256 === digestOf(release),
    async prove(release, signal) {
      await parts.sleep(parts.trialMs, signal);
      signal.throwIfAborted();
      for (const artifact of artifactsOf(release)) ask(release, await readHead(parts, artifact));
    },
    async commit(release) {
      await save({ v: 1, sha256: digestOf(release), before: null });
    },
    async rollBack(release) {
      const { sha256, before } = await load();
      if (sha256 === digestOf(release)) await save({ v: 1, sha256: before, before: null });
      return 'here';
    },
    async discard() {},
  };
}

const digestOf = (release: Release): string => {
  const [first] = artifactsOf(release);
  if (!first) throw new UpdateError('bad-content', `${pathOf(release)} has no bytes.`);
  return first.sha256;
};

async function readHead({ disk, fileOf }: SimulatedAppliersParts, artifact: Artifact): Promise<Head> {
  const file = await disk.open(fileOf(artifact), 'r');
  try {
    const start = Buffer.alloc(Math.min(headLimitBytes, artifact.bytes));
    const head = headOf(start.subarray(0, await file.read(start, 0)));
    if (!head)
      throw new UpdateError(
        'bad-content',
        `${artifact.name} is for real devices; a simulated one can't run it.`,
      );
    return head;
  } finally {
    await file.close();
  }
}

/** A golden prompt is put to a model as on a real device; what is no model runs, or doesn't. */
function ask(release: Release, { answers, runs }: Head): void {
  if (!runs) throw new UpdateError('unhealthy', 'It started, and was not ready within its time.');
  if (!('golden' in release)) return;
  const said = answers.toLowerCase();
  if (!release.golden.holds.some((word) => said.includes(word.toLowerCase())))
    throw new UpdateError(
      'golden-prompt',
      `Asked “${release.golden.prompt}”, it said “${answers}”.`.slice(0, 400),
    );
}
