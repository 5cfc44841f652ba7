/** Who gets a release, in which wave, and who doesn't, and why. Pure: a forecast and a rollout are the same plan. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import { pathOf, type Release } from '@rockpool/protocol/update/release';
import type { RolloutForecast, RolloutPlan } from '@rockpool/protocol/update/rollout';
import { byRank, rankOf } from './order.ts';
import type { LeftOutWhy } from './tables.ts';
import { ends, waveAt } from './waves.ts';

/** A device that has all the labels, as far as a release asks what it is like. */
export interface Candidate {
  id: number;
  name: string;
  isRevoked: boolean;
  /** Paths of what it said that it has. */
  releases: readonly string[];
  /** Null when it has not said yet. */
  board: { board: string | null; l4t: string | null; memoryMiB: number } | null;
  /** Another rollout of the same kind and name has yet to end on it. */
  isTaken: boolean;
}

export interface Placed {
  id: number;
  name: string;
  rank: string;
  wave: number;
}

export interface Planned {
  /** In their order. */
  members: Placed[];
  leftOut: { id: number; name: string; rank: string; why: LeftOutWhy }[];
}

export interface PlanWish {
  plan: Pick<RolloutPlan, 'waves'>;
  release: Release;
  seed: string;
}

export function planRollout(candidates: readonly Candidate[], { plan, release, seed }: PlanWish): Planned {
  const ranked = candidates
    .map((one) => ({
      ...{ id: one.id, name: one.name, rank: rankOf(seed, one.name) },
      why: whyLeftOut(one, release),
    }))
    .sort(byRank);
  const told = ranked.filter(({ why }) => why === null);
  const waveEnds = ends(plan.waves, told.length);
  return {
    members: told.map(({ id, name, rank }, at) => ({ id, name, rank, wave: waveAt(waveEnds, at) })),
    leftOut: ranked.flatMap(({ why, ...one }) => (why === null ? [] : [{ ...one, why }])),
  };
}

/** What it never said speaks for it: the device itself refuses what isn't for it. */
export function whyLeftOut(one: Omit<Candidate, 'id' | 'name'>, release: Release): LeftOutWhy | null {
  if (one.isRevoked) return 'revoked';
  if (one.releases.includes(pathOf(release))) return 'has-it';
  if (one.board && !fits(one.board, release)) return 'not-for-it';
  return one.isTaken ? 'other-rollout' : null;
}

function fits(board: NonNullable<Candidate['board']>, { compat }: Release): boolean {
  const begins = (text: string | null, some: readonly string[] | undefined): boolean =>
    some === undefined || (text !== null && some.some((one) => text.startsWith(one)));
  return (
    begins(board.board, compat.boards) &&
    begins(board.l4t, compat.l4t) &&
    (compat.memoryMiB === undefined || board.memoryMiB >= compat.memoryMiB)
  );
}

/** Whether the last health of a device has to be read at all. */
export const asksForBoard = ({ compat }: Release): boolean =>
  compat.boards !== undefined || compat.l4t !== undefined || compat.memoryMiB !== undefined;

const mostNamed = 20;

export function forecastOf(
  { members, leftOut }: Planned,
  { plan, bytes }: { plan: Pick<RolloutPlan, 'waves'>; bytes: number },
): RolloutForecast {
  const whys = ['has-it', 'not-for-it', 'other-rollout', 'revoked'] as const;
  const byWave = Map.groupBy(members, ({ wave }) => wave);
  return {
    devices: members.length,
    waves: plan.waves.map((_, n) => {
      const some = byWave.get(n) ?? [];
      return {
        devices: some.length,
        first: some.slice(0, mostNamed).map(({ name }) => name as DeviceName),
      };
    }),
    bytes: Math.min(Number.MAX_SAFE_INTEGER, bytes * members.length),
    leftOut: whys.flatMap((why) => {
      const devices = leftOut.filter((one) => one.why === why).length;
      return devices === 0 ? [] : [{ why, devices }];
    }),
  };
}
