/** One try at a form: busy while it runs, the problem when it was refused. */
import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../wire/problem.ts';

export interface Attempt {
  busy: boolean;
  problem: Problem | null;
  /** @returns whether it went well */
  run(deed: () => Promise<void>): Promise<boolean>;
  clear(): void;
}

export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (deed: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await deed();
      return true;
    } catch (cause) {
      setProblem(asProblem(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run, clear: () => setProblem(null) };
}
