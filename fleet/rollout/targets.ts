/** The devices that a rollout is for, as the database knows them. */
import type { ReleaseKind } from '@rockpool/protocol/update/release';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Labels } from '../registry/labels.ts';
import type { Tables } from '../store/tables.ts';
import type { Candidate } from './plan.ts';
import { open } from './states.ts';

export interface TargetWish {
  labels: Labels;
  kind: ReleaseKind;
  name: string;
  /** Their last health is read, which takes a while. */
  withBoard: boolean;
  /** The rollout itself: what it told doesn't stand in its own way. */
  rollout: string;
  /** Only those that this rollout doesn't know yet. */
  onlyNew?: boolean;
  /** Only these. */
  ids?: readonly number[];
  withRevoked?: boolean;
}

/** As a device sent it once, and as this version reads it: what it can't read is as if it hadn't been said. */
const Board = z.object({
  memory: z.object({ totalMiB: z.int() }),
  jetson: z.object({ board: z.string(), l4t: z.string().nullable() }).nullable(),
});

export async function loadCandidates(db: Kysely<Tables>, wish: TargetWish): Promise<Candidate[]> {
  const { ids } = wish;
  if (ids?.length === 0) return [];
  let query = db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select(['d.id', 'd.name', 'd.name_in_force', 's.releases'])
    .$if(wish.withBoard, (some) => some.select('s.health'))
    .$if(wish.withRevoked !== true, (some) => some.where('d.name_in_force', 'is not', null))
    .$if(ids !== undefined, (some) => some.where('d.id', 'in', ids ?? []));
  for (const [key, value] of Object.entries(wish.labels)) {
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('device_labels as l')
          .select('l.device_id')
          .whereRef('l.device_id', '=', 'd.id')
          .where('l.key', '=', key)
          .where('l.value', '=', value),
      ),
    );
  }
  if (wish.onlyNew) {
    query = query.where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('rollout_devices as known')
            .select('known.device_id')
            .whereRef('known.device_id', '=', 'd.id')
            .where('known.rollout_id', '=', wish.rollout),
        ),
      ),
    );
  }
  const rows = await query.orderBy('d.id').execute();
  if (rows.length === 0) return [];
  const taken = await takenBy(db, wish);
  return rows.map((row) => ({
    ...{ id: row.id, name: row.name, isRevoked: row.name_in_force === null },
    releases: row.releases === null ? [] : (JSON.parse(row.releases) as string[]),
    board: boardIn(row.health ?? null),
    isTaken: taken.has(row.id),
  }));
}

/** Devices on which another rollout of the same kind and name has yet to end. */
async function takenBy(db: Kysely<Tables>, { kind, name, rollout }: TargetWish): Promise<Set<number>> {
  const rows = await db
    .selectFrom('rollout_devices as m')
    .innerJoin('rollouts as r', 'r.id', 'm.rollout_id')
    .select('m.device_id')
    .where('r.state', 'in', ['running', 'paused'])
    .where('r.kind', '=', kind)
    .where('r.name', '=', name)
    .where('r.id', '<>', rollout)
    .where('m.state', 'in', open)
    .execute();
  return new Set(rows.map(({ device_id }) => device_id));
}

function boardIn(health: string | null): Candidate['board'] {
  const parsed = health === null ? undefined : Board.safeParse(JSON.parse(health));
  if (!parsed?.success) return null;
  const { memory, jetson } = parsed.data;
  return { board: jetson?.board ?? null, l4t: jetson?.l4t ?? null, memoryMiB: memory.totalMiB };
}
