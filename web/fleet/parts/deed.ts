/** Something an operator does: what goes wrong is told at the edge of the page. */
import { showProblem } from '../../parts/toast.tsx';
import { asProblem } from '../../wire/problem.ts';
import { missed } from '../live.ts';

export function attempt(deed: () => Promise<unknown>): void {
  deed().catch((cause: unknown) => {
    const problem = asProblem(cause);
    missed(problem);
    showProblem(problem);
  });
}
