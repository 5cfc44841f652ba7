/** Who is served next: one line of waiters for the model, fair between people, bounded, and each told their place. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';

export type Move = (place: number, waitMs: number | null) => void;

/** A place in the line, then at the model. */
export interface Ticket {
  /** Resolves when it is this one's turn; rejects when the line is closed. */
  readonly admitted: Promise<void>;
  /** Gives the place back, whether waiting or admitted. May be called twice. */
  leave(): void;
}

export interface Queue {
  /** @throws Refusal `busy` when as many wait already as may */
  enter(person: string, moved: Move): Ticket;
  /** How many may be at the model at once; 0 while it is not there. */
  open(lanes: number): void;
  /** Sends everyone who waits away. */
  close(reason: Error): void;
  running(): number;
  waiting(): number;
}

interface Waiter {
  /** Its turn, see `turns`. */
  turn: number;
  moved: Move;
  admit(): void;
  refuse(reason: Error): void;
  told: string;
}

const remembered = 16;
const guessS = 5;

export function createQueue(options: { limit: number; clock: Clock }): Queue {
  let line: Waiter[] = [];
  let lanes = 0;
  let running = 0;
  const turns = createTurns();
  const durations: number[] = [];

  const usualMs = (): number | null => median(durations);
  const waitMs = (place: number): number | null => {
    const usual = usualMs();
    return usual === null || lanes === 0 ? null : Math.round((usual * place) / lanes);
  };

  /** Admits while there is room, then tells those whose place or wait has changed. */
  const advance = (): void => {
    for (const next of line.splice(0, Math.max(0, lanes - running))) {
      running += 1;
      turns.served(next.turn);
      next.admit();
    }
    for (const [i, waiter] of line.entries()) tell(waiter, i + 1, waitMs(i + 1));
  };

  return {
    enter(person, moved) {
      if (line.length >= options.limit) throw busy(line.length, waitMs(line.length));
      let startedAt: number | undefined;
      let left = false;
      let waiter: Waiter | undefined;
      const turn = turns.next(person);
      const admitted = new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          startedAt = options.clock.now();
          resolve();
        };
        waiter = { turn, moved, admit, refuse: reject, told: '' };
        line.splice(placeFor(waiter, line), 0, waiter);
      });
      // Someone who leaves before being refused doesn't listen any more.
      admitted.catch(() => undefined);
      advance();
      return {
        admitted,
        leave() {
          if (left) return;
          left = true;
          if (startedAt === undefined) {
            line = line.filter((other) => other !== waiter);
            turns.returned(person, turn);
          } else {
            durations.push(options.clock.now() - startedAt);
            if (durations.length > remembered) durations.shift();
            running -= 1;
          }
          advance();
        },
      };
    },
    open(count) {
      // Who waits for a model that went, or came back, is told so, though the place is the same.
      if ((count === 0) !== (lanes === 0)) for (const waiter of line) waiter.told = '';
      lanes = count;
      advance();
    },
    close(reason) {
      const leaving = line;
      line = [];
      for (const waiter of leaving) waiter.refuse(reason);
    },
    running: () => running,
    waiting: () => line.length,
  };
}

/**
 * Numbers the turns so that people alternate: one's next turn comes after the one before, and newcomers start level
 * with who is being served, not behind all that others have piled up.
 */
function createTurns() {
  const newest = new Map<string, number>();
  let now = 0;
  return {
    next(person: string): number {
      const turn = Math.max(now, newest.get(person) ?? 0) + 1;
      newest.set(person, turn);
      return turn;
    },
    /** Left without being served: who asks again is not behind their own ghost. */
    returned(person: string, turn: number): void {
      if (newest.get(person) === turn) newest.set(person, turn - 1);
    },
    served(turn: number): void {
      now = Math.max(now, turn);
      for (const [person, last] of newest) if (last < now) newest.delete(person);
    },
  };
}

/** Behind everyone whose turn is the same or earlier. */
function placeFor(waiter: Waiter, line: readonly Waiter[]): number {
  const at = line.findIndex((other) => other.turn > waiter.turn);
  return at < 0 ? line.length : at;
}

function tell(waiter: Waiter, place: number, waitMs: number | null): void {
  const told = `${place} ${waitMs}`;
  if (waiter.told === told) return;
  waiter.told = told;
  waiter.moved(place, waitMs);
}

function busy(queueLength: number, waitMs: number | null): Refusal {
  const retryAfterS = Math.max(1, waitMs === null ? guessS : Math.ceil(waitMs / 1000));
  return new Refusal(
    'busy',
    `Everyone is asking at once: ${queueLength} people wait already; try again in ${retryAfterS} s.`,
    { retryAfterS, queueLength },
  );
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
