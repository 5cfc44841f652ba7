/** What is done with memory at night, when nobody asks: said twice becomes once, old history goes, a full memory gets room. */
import type { Clock } from '../../host/clock.ts';
import type { Store } from '../../store/store.ts';
import type { Namespace } from '../fact-spaces.ts';
import { type Aging, worth } from './decay.ts';
import type { Deed, NightAccount, NightSpace } from './nights.ts';

type Facts = Pick<
  Store['memory'],
  | 'beginNight'
  | 'endNight'
  | 'nightSpaces'
  | 'nightDuplicates'
  | 'nightWeights'
  | 'nightDone'
  | 'tidy'
  | 'nightAccount'
  | 'nights'
  | 'undoNight'
  | 'forgetNights'
>;

const dayMs = 24 * 3_600_000;
/** How long a night can be taken back. */
export const keptDays = 30;
/** History is left alone for so long. */
const historyDays = 90;
/** More of anyone's current facts than this in one night is no tidying. */
const mostShare = 0.1;
/** Room is made from here down to there. */
const full = 0.9;
const roomy = 0.85;
/** In one transaction: whoever asks meanwhile waits no longer than for this. */
const atOnce = 25;
const lookedAtOnce = 20;
const weighedAtOnce = 1_000;
/** New facts of one namespace in one night; the next night goes on. */
const newPerNight = 20_000;

export interface ConsolidationParts {
  facts: Facts;
  clock: Clock;
}

interface Weight extends Aging {
  id: number;
  bytes: number;
  supersededAt: number | null;
}

export type Consolidation = ReturnType<typeof createConsolidation>;

export function createConsolidation({ facts, clock }: ConsolidationParts) {
  /** New facts that say what is known already; of several in a row the last one stays. */
  async function findDuplicates(
    name: Namespace,
    signal: AbortSignal,
  ): Promise<{ deeds: Deed[]; seen: number }> {
    const goes = new Map<number, number>();
    let seen = 0;
    let after: number | null = null;
    for (let looked = 0; looked < newPerNight; looked += lookedAtOnce) {
      signal.throwIfAborted();
      const found: { deeds: Deed[]; next: number | null } = await facts.nightDuplicates(
        name,
        after,
        lookedAtOnce,
      );
      for (const deed of found.deeds) {
        if (deed.what === 'merged' && !goes.has(deed.fact) && goes.get(deed.into) !== deed.fact)
          goes.set(deed.fact, deed.into);
      }
      if (found.next === null) {
        seen = Number.MAX_SAFE_INTEGER;
        break;
      }
      after = found.next;
      seen = found.next;
    }
    const deeds = [...goes].map(([fact, into]): Deed => ({ what: 'merged', fact, into: lastOf(goes, into) }));
    return { deeds, seen };
  }

  async function weigh(
    name: Namespace,
    signal: AbortSignal,
  ): Promise<{ weights: Weight[]; compacted: Deed[] }> {
    const weights: Weight[] = [];
    const compacted: Deed[] = [];
    for (let after: number | null = 0; after !== null; ) {
      signal.throwIfAborted();
      const found: Awaited<ReturnType<Facts['nightWeights']>> = await facts.nightWeights(
        name,
        after,
        weighedAtOnce,
        clock.now() - historyDays * dayMs,
      );
      weights.push(...found.weights);
      compacted.push(...found.compacted);
      after = found.next;
    }
    return { weights, compacted };
  }

  async function tidy(night: number, space: NightSpace, signal: AbortSignal): Promise<void> {
    const { name } = space;
    const { deeds: merged, seen } = await findDuplicates(name, signal);
    const { weights, compacted } = await weigh(name, signal);
    const evicted = makeRoom(space, weights, clock.now());
    const current = new Set(weights.filter(({ supersededAt }) => supersededAt === null).map(({ id }) => id));
    const already = await facts.nightDone(night, name);
    const going =
      new Set([...merged, ...evicted].map(({ fact }) => fact).filter((id) => current.has(id))).size + already;
    const before = current.size + already;
    if (going > mostOf(before)) {
      await facts.nightAccount(night, name, { outcome: 'refused', facts: before, going, seen: 0 });
      return;
    }
    const all = [...merged, ...compacted, ...evicted];
    for (let from = 0; from < all.length; from += atOnce) {
      signal.throwIfAborted();
      await facts.tidy(night, name, all.slice(from, from + atOnce), clock.now());
    }
    const newest = weights.at(-1)?.id ?? 0;
    await facts.nightAccount(night, name, {
      outcome: 'done',
      facts: before,
      going,
      seen: Math.min(seen, newest),
    });
  }

  return {
    /**
     * One night's work, or the rest of one that was cut short. Aborted it stops between two deeds, each of which is
     * whole, and the next run goes on. @returns what was done, a line for each namespace
     */
    async run(signal: AbortSignal): Promise<NightAccount[]> {
      const night = await facts.beginNight(clock.now());
      for (const space of await facts.nightSpaces(night)) await tidy(night, space, signal);
      await facts.endNight(night, clock.now());
      await facts.forgetNights(clock.now() - keptDays * dayMs);
      return (await facts.nights(undefined)).filter((one) => one.night === night);
    },

    nights: (names?: readonly Namespace[]): Promise<NightAccount[]> => facts.nights(names),

    /** Undefined when there is nothing of that night to take back. */
    undo: (night: number, names?: readonly Namespace[]): Promise<number | undefined> =>
      facts.undoNight(night, names, clock.now()),
  };
}

/** One duplicate may always go; of more, a bounded share. */
const mostOf = (facts: number): number => Math.max(1, Math.floor(facts * mostShare));

function lastOf(goes: ReadonlyMap<number, number>, into: number): number {
  let last = into;
  for (let next = goes.get(last); next !== undefined && next !== into; next = goes.get(last)) last = next;
  return last;
}

/** History first, the oldest of it; then what is worth least. Never what is pinned. */
export function makeRoom(
  { facts, maxFacts, bytes, maxBytes }: NightSpace,
  weights: readonly Weight[],
  at: number,
): Deed[] {
  if (facts <= full * maxFacts && bytes <= full * maxBytes) return [];
  let over = { facts: facts - roomy * maxFacts, bytes: bytes - roomy * maxBytes };
  const history = weights.filter((one) => one.supersededAt !== null && !one.pinned);
  const current = weights.filter((one) => one.supersededAt === null && !one.pinned);
  const order = [
    ...history.sort((a, b) => (a.supersededAt ?? 0) - (b.supersededAt ?? 0) || a.id - b.id),
    ...current
      .map((one) => ({ one, value: worth(one, at) }))
      .sort((a, b) => a.value - b.value || a.one.id - b.one.id)
      .map(({ one }) => one),
  ];
  const evicted: Deed[] = [];
  for (const { id, bytes: size } of order) {
    if (over.facts <= 0 && over.bytes <= 0) break;
    evicted.push({ what: 'evicted', fact: id });
    over = { facts: over.facts - 1, bytes: over.bytes - size };
  }
  return evicted;
}
