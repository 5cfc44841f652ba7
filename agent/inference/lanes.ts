/** Which conversation sits in which lane: each finds its own cache again, others are parked on disk to make room. */
import type { Lane, Token } from './llama.ts';
import type { Parking } from './parking.ts';

/** A lane and whose tokens are in it. */
export interface Seat {
  readonly lane: Lane;
  session: string | undefined;
  busy: boolean;
  /** Its session was forgotten while it was busy. */
  forgotten: boolean;
  /** Counts up with every use. */
  usedAt: number;
}

export interface Lanes {
  /** A seat for this prompt, its own cache restored where there is one. Waits until a lane is free. */
  take(session: string | undefined, prompt: readonly Token[]): Promise<Seat>;
  /** The seat this session has now, if nobody is using it. */
  own(session: string): Seat | undefined;
  give(seat: Seat): Promise<void>;
  forget(session: string): Promise<void>;
  /** Saves the caches of all sessions. */
  parkAll(): Promise<void>;
}

export function createLanes(lanes: readonly Lane[], parking: Parking): Lanes {
  const seats: Seat[] = lanes.map((lane) => ({
    lane,
    session: undefined,
    busy: false,
    forgotten: false,
    usedAt: 0,
  }));
  const waiting: (() => void)[] = [];
  let uses = 0;

  const occupy = (seat: Seat): Seat => {
    uses += 1;
    return Object.assign(seat, { busy: true, usedAt: uses });
  };
  const give = async (seat: Seat): Promise<void> => {
    if (seat.forgotten) await seat.lane.cut(0);
    Object.assign(seat, { busy: false, forgotten: false });
    waiting.shift()?.();
  };
  /** Makes a seat that another session had this one's. */
  const hand = async (seat: Seat, session: string | undefined): Promise<void> => {
    const before = seat.session;
    seat.session = undefined;
    if (before !== undefined) await parking.park(before, seat.lane);
    if (session === undefined) return;
    if (parking.has(session)) await parking.restore(session, seat.lane);
    seat.session = session;
  };
  return {
    async take(session, prompt) {
      let chosen: Seat | undefined;
      for (;;) {
        chosen = chooseSeat(seats, session, prompt, session !== undefined && parking.has(session));
        if (chosen) break;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const seat = occupy(chosen);
      // A second question in a session that is being answered has no cache of its own to come back to.
      const taken =
        session !== undefined && seats.some((other) => other !== seat && other.session === session);
      try {
        if (seat.session === undefined || seat.session !== session)
          await hand(seat, taken ? undefined : session);
        return seat;
      } catch (cause) {
        await give(seat);
        throw cause;
      }
    },
    own(session) {
      const seat = seats.find((candidate) => candidate.session === session && !candidate.busy);
      return seat && occupy(seat);
    },
    give,
    async forget(session) {
      parking.forget(session);
      const seat = seats.find((candidate) => candidate.session === session);
      if (!seat) return;
      seat.session = undefined;
      if (seat.busy) seat.forgotten = true;
      else await seat.lane.cut(0);
    },
    async parkAll() {
      for (const seat of seats) if (seat.session !== undefined) await parking.park(seat.session, seat.lane);
    },
  };
}

/** A cache is worth taking over when at least this much of the prompt, or of the cache, is shared. */
const worthwhile = 0.5;

/** Own seat, else the best stranger's cache, else an empty lane, else the one that was used longest ago. */
export function chooseSeat(
  seats: readonly Seat[],
  session: string | undefined,
  prompt: readonly Token[],
  isParked: boolean,
): Seat | undefined {
  const free = seats.filter((seat) => !seat.busy);
  const own = session === undefined ? undefined : free.find((seat) => seat.session === session);
  if (own) return own;
  const unowned = free.filter((seat) => seat.session === undefined);
  if (!isParked) {
    const shared = unowned
      .map((seat) => ({ seat, common: seat.lane.common(prompt) }))
      .filter(
        ({ seat, common }) =>
          common > 0 && common >= worthwhile * Math.min(prompt.length, seat.lane.length()),
      )
      .sort((a, b) => b.common - a.common)[0];
    if (shared) return shared.seat;
  }
  const empty = unowned.find((seat) => seat.lane.length() === 0);
  return empty ?? oldest(unowned) ?? oldest(free);
}

function oldest(seats: readonly Seat[]): Seat | undefined {
  return [...seats].sort((a, b) => a.usedAt - b.usedAt)[0];
}
