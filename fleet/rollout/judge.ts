/** Whether a rollout goes on, from what became of its devices so far. Pure. */
import type { DeviceRolloutState, RolloutPlan } from '@rockpool/protocol/update/rollout';
import { deviceRolloutStates } from '@rockpool/protocol/update/rollout';

export type Counts = Record<DeviceRolloutState, number>;

export interface WaveSeen {
  counts: Counts;
  wellAt: number | null;
  isApproved: boolean;
}

/** What is to be done; `isWell` is of the wave that runs. */
export type Verdict = { isWell: boolean } & (
  | { what: 'wait' }
  | { what: 'next' }
  | { what: 'done' }
  | { what: 'approval' | 'halt'; because: string }
);

export const noCounts = (): Counts =>
  Object.fromEntries(deviceRolloutStates.map((state) => [state, 0])) as Counts;

export function sum(all: readonly Counts[]): Counts {
  const total = noCounts();
  for (const counts of all) for (const state of deviceRolloutStates) total[state] += counts[state];
  return total;
}

const failed = (counts: Counts): number => counts.failed + counts['rolled-back'];
const ended = (counts: Counts): number => counts.installed + failed(counts);
const open = (counts: Counts): number => counts.waiting + counts.told + counts.running;

/** @param wave of the newest that has begun */
export function judge(
  plan: Pick<RolloutPlan, 'waves' | 'success' | 'abort'>,
  seen: readonly WaveSeen[],
  wave: number,
  now: number,
): Verdict {
  const all = sum(seen.map(({ counts }) => counts));
  const running = seen[wave] ?? { counts: noCounts(), wellAt: null, isApproved: false };
  const isWell = holds(plan, running.counts);
  const failing = whyFailing(plan, all);
  if (failing !== null) return { isWell, what: 'halt', because: failing };
  if (wave >= plan.waves.length - 1) return { isWell, what: open(all) === 0 ? 'done' : 'wait' };
  return { isWell, ...mayBegin(plan, seen, wave, now, isWell) };
}

/** Judged by those that said how it ended, once there are enough of them; a wave of nobody is well. */
function holds({ success }: Pick<RolloutPlan, 'success'>, counts: Counts): boolean {
  const size = ended(counts) + open(counts);
  if (size === 0) return true;
  const many = ended(counts);
  return many >= Math.min(success.sample, size) && counts.installed * 1_000 >= success.permille * many;
}

function whyFailing({ abort }: Pick<RolloutPlan, 'abort'>, all: Counts): string | null {
  const many = ended(all);
  const isTooMany = failed(all) * 1_000 > abort.permille * many;
  if (many < abort.sample || !isTooMany) return null;
  return `${failed(all)} of the ${many} devices that said how it ended failed; ${inPercent(abort.permille)} may.`;
}

function mayBegin(
  plan: Pick<RolloutPlan, 'waves' | 'success'>,
  seen: readonly WaveSeen[],
  wave: number,
  now: number,
  isWell: boolean,
): { what: 'wait' | 'next' } | { what: 'approval'; because: string } {
  const { counts, wellAt } = seen[wave] ?? { counts: noCounts(), wellAt: null };
  const upcoming = plan.waves[wave + 1];
  const isApproved = seen[wave + 1]?.isApproved ?? false;
  if (!isWell) {
    if (open(counts) > 0) return { what: 'wait' };
    if (isApproved) return { what: 'next' };
    const because = `Of wave ${wave + 1}, ${counts.installed} of ${ended(counts)} devices are well; ${inPercent(plan.success.permille)} should be.`;
    return { what: 'approval', because };
  }
  // A clock that was set back makes the pause longer, never shorter.
  const sinceMs = wellAt === null ? 0 : now - wellAt;
  if (sinceMs < (upcoming?.pauseS ?? 0) * 1_000) return { what: 'wait' };
  if (!upcoming?.approval || isApproved) return { what: 'next' };
  const because = `Wave ${wave + 1} is well; somebody has to say that wave ${wave + 2} may begin.`;
  return { what: 'approval', because };
}

const inPercent = (permille: number): string => `${permille / 10} %`;
