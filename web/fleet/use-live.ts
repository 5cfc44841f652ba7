/** Something read from the controller for as long as it is shown, and read anew when it changed. */
import type { Change } from '@rockpool/protocol/fleet/api';
import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../wire/problem.ts';
import { heard, missed, onChange } from './live.ts';

export interface Shown<T> {
  /** The newest that came; null before the first. */
  value: T | null;
  /** It was read for another key: shown until the new one's answer is here. */
  isOther: boolean;
  problem: Problem | null;
  again(): Promise<void>;
}

interface Source<T> {
  read(): Promise<T>;
  /** @param shown what it would be read again for */
  concerns(change: Change, shown: T | null): boolean;
}

/** A fleet changes all the time; a page that follows each change would do nothing else. */
const gapMs = 1_000;
/** For what no change tells of. */
const anywayMs = 60_000;

/** @param key what is read: another one is read at once */
export function useLive<T>(key: string, source: Source<T>): Shown<T> {
  const [held, setHeld] = useState<{ key: string; value: T | null; problem: Problem | null }>({
    key,
    value: null,
    problem: null,
  });
  const newest = useRef(source);
  newest.current = source;
  const shown = useRef(held.value);
  shown.current = held.value;
  const again = useRef<() => Promise<void>>(async () => undefined);
  useEffect(() => {
    const reading = readAgain(
      () => newest.current.read(),
      (value) => setHeld({ key, value, problem: null }),
      (problem) => setHeld((before) => ({ key, value: before.key === key ? before.value : null, problem })),
    );
    again.current = reading.now;
    const unhear = onChange((change) => {
      if (change === null || newest.current.concerns(change, shown.current)) reading.soon();
    });
    const anyway = setInterval(reading.soon, anywayMs);
    document.addEventListener('visibilitychange', reading.seen);
    void reading.now();
    return () => {
      unhear();
      clearInterval(anyway);
      document.removeEventListener('visibilitychange', reading.seen);
      reading.stop();
    };
  }, [key]);
  return {
    value: held.value,
    isOther: held.key !== key,
    problem: held.problem,
    again: () => again.current(),
  };
}

/** One reading at a time, not more often than the gap, and none while nobody looks. */
function readAgain<T>(read: () => Promise<T>, show: (value: T) => void, fail: (problem: Problem) => void) {
  let isCurrent = true;
  let underWay: Promise<void> | null = null;
  let isWanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const once = async (): Promise<void> => {
    try {
      const value = await read();
      heard();
      if (isCurrent) show(value);
    } catch (cause) {
      const problem = asProblem(cause);
      missed(problem);
      if (isCurrent) fail(problem);
    }
  };
  const now = async (): Promise<void> => {
    // What is under way may have been answered before the deed that asks for this.
    await underWay;
    underWay = once();
    await underWay;
    underWay = null;
  };
  const soon = (): void => {
    if (document.hidden) {
      isWanted = true;
      return;
    }
    if (timer !== undefined) return;
    timer = setTimeout(async () => {
      if (isCurrent) await now();
      timer = undefined;
      if (isWanted && isCurrent) {
        isWanted = false;
        soon();
      }
    }, gapMs);
    isWanted = false;
  };
  return {
    now,
    /** While one is under way, one more follows: it may have missed what is told now. */
    soon: () => {
      if (timer === undefined) soon();
      else isWanted = true;
    },
    seen: () => {
      if (!document.hidden && isWanted) soon();
    },
    stop: () => {
      isCurrent = false;
      clearTimeout(timer);
    },
  };
}
