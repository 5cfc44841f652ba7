/** What the repository holds for this device, and what speaks against each of it; asked for by a file, answered by another. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReleaseKind, ReleasePath, ReleaseVersion } from '@rockpool/protocol/update/release';
import { UpdateReason } from '@rockpool/protocol/update/status';
import { z } from 'zod';
import { writeDurably } from './disk/durable.ts';
import type { Disk } from './disk.ts';
import { openFloor } from './machine/floor.ts';
import type { Installed } from './machine/installed.ts';
import { type Objection, precheck } from './machine/precheck.ts';
import { openQuarantine } from './machine/quarantine.ts';
import { type Appliers, type Board, type Metadata, type Payload, UpdateError } from './parts.ts';

export const Offer = z.strictObject({
  release: ReleasePath,
  kind: ReleaseKind,
  version: ReleaseVersion,
  notes: z.string(),
  /** `in-force`: it runs; `refused`: it would not be installed, and why. */
  is: z.enum(['in-force', 'offered', 'refused']),
  reason: UpdateReason.nullable(),
  says: z.string(),
  /** Still to be fetched. */
  bytes: z.int().nonnegative(),
});
export type Offer = z.infer<typeof Offer>;

/** `offers.json` in the update folder. */
export const Offers = z.strictObject({
  v: z.literal(1),
  /** Of the question. */
  id: z.uuid(),
  offers: z.array(Offer),
  /** Why there are none: the repository could not be asked, or isn't believed. */
  refused: z.strictObject({ reason: UpdateReason, says: z.string() }).nullable(),
});
export type Offers = z.infer<typeof Offers>;

/** Beside the orders, so that whatever waits for those sees it; holds the question's id. */
export const questionFile = (folder: string): string => join(folder, 'orders', 'question');
const offersFile = (folder: string): string => join(folder, 'offers.json');

export interface OfferParts {
  folder: string;
  disk: Disk;
  metadata: Metadata;
  payload: Pick<Payload, 'missing'>;
  board: Board;
  installed: Installed;
  appliers: Appliers;
}

/** Answers what was asked, if anything was. */
export async function answerQuestion(parts: OfferParts, signal: AbortSignal): Promise<void> {
  const { disk, folder } = parts;
  const id = z.uuid().safeParse((await disk.read(questionFile(folder)))?.toString('utf8'));
  if (id.success) {
    const found = await offersOf(parts, signal).then(
      (offers) => ({ offers, refused: null }),
      (error: unknown) => ({ offers: [], refused: refusalOf(error) }),
    );
    const answer: Offers = { v: 1, id: id.data, ...found };
    await writeDurably(disk, offersFile(folder), Buffer.from(JSON.stringify(answer)));
  }
  await disk.remove(questionFile(folder));
}

/** Undefined while the answer to this question isn't there. */
export function answerTo(folder: string, id: string): Offers | undefined {
  try {
    const answer = Offers.parse(JSON.parse(readFileSync(offersFile(folder), 'utf8')));
    return answer.id === id ? answer : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function refusalOf(error: unknown): NonNullable<Offers['refused']> {
  if (error instanceof UpdateError) return { reason: error.reason, says: error.message };
  throw error;
}

/** The newest of each name, and what is in force of it. */
async function offersOf(parts: OfferParts, signal: AbortSignal): Promise<Offer[]> {
  const { metadata } = parts;
  await metadata.refresh(signal);
  const seen = new Set<string>();
  const offers: Offer[] = [];
  for (const path of await metadata.list(signal)) {
    const name = path.slice(0, path.lastIndexOf('/'));
    if (seen.has(name)) continue;
    seen.add(name);
    offers.push(await offerOf(path, parts, signal));
  }
  return offers;
}

async function offerOf(path: ReleasePath, parts: OfferParts, signal: AbortSignal): Promise<Offer> {
  const trusted = await parts.metadata.resolve(path, signal);
  const { release, manifestSha256 } = trusted;
  const { kind, version, notes } = release;
  const about = { release: path, kind, version, notes };
  if (parts.installed.current(release)?.manifestSha256 === manifestSha256)
    return { ...about, is: 'in-force', reason: null, says: 'It is in force.', bytes: 0 };
  const { bytes, ...room } = await parts.payload.missing(trusted);
  const machine = join(parts.folder, 'machine');
  const floor = await openFloor(parts.disk, machine, []);
  const quarantine = await openQuarantine(parts.disk, machine);
  const objection =
    precheck({
      ...{ release, board: parts.board, room, again: false },
      floor: floor.of(path),
      quarantined: quarantine.find(manifestSha256),
      installed: parts.installed.all().map((one) => one.release),
    }) ?? (await objectionOf(parts.appliers[kind]?.probe(release, signal)));
  return objection
    ? { ...about, is: 'refused', ...objection, bytes }
    : { ...about, is: 'offered', reason: null, says: room.says, bytes };
}

async function objectionOf(probe: Promise<void> | undefined): Promise<Objection | undefined> {
  if (probe === undefined) return { reason: 'not-for-us', says: 'Nothing here takes releases of this kind.' };
  try {
    await probe;
    return undefined;
  } catch (error) {
    if (error instanceof UpdateError) return { reason: error.reason, says: error.message };
    throw error;
  }
}
