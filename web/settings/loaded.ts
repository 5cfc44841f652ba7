/** Something read from the device for a page, with its problem, and reading it again. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { showProblem } from '../parts/toast.tsx';
import { asProblem, type Problem } from '../wire/problem.ts';

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  again(): Promise<void>;
}

export function useLoaded<T>(read: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const again = useCallback(async () => {
    try {
      setValue(await read());
      setProblem(null);
    } catch (cause) {
      setProblem(asProblem(cause));
    }
  }, []);
  useEffect(() => void again(), []);
  return { value, problem, again };
}

/** A deed from a settings page: what goes wrong is told at the edge of the page. */
export function attempt(deed: () => Promise<void>): void {
  deed().catch((cause: unknown) => showProblem(asProblem(cause)));
}
