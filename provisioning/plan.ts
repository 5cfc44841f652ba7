/** What is to be done so that a device is as its settings say: decided from facts alone. */
import type { Config } from './config.ts';
import type { Facts } from './facts/facts.ts';
import { allSteps } from './steps/all.ts';
import type { Step, StepId } from './steps/step.ts';

export interface Planned {
  id: StepId;
  title: string;
  why: string;
  /** What is lost by it; null when nothing is. */
  destroys: string | null;
}

export interface Plan {
  /** What holds already. */
  done: readonly StepId[];
  /** What is to be done, in this order. */
  steps: readonly Planned[];
  /** Why some of it can't be done, with the cure. While there is one, nothing is touched. */
  refusals: readonly { id: StepId; says: string }[];
}

/** Reads nothing but its arguments. */
export function plan(facts: Facts, config: Config): Plan {
  const wanted = stepsFor(config);
  return {
    done: wanted.filter((step) => step.holds(facts, config)).map(({ id }) => id),
    steps: pending(facts, config).map((step) => ({
      ...{ id: step.id, title: step.title, why: step.why },
      destroys: step.destroys?.(facts) ?? null,
    })),
    refusals: wanted.flatMap((step) => {
      const says = step.refuses?.(facts, config) ?? null;
      return says === null ? [] : [{ id: step.id, says }];
    }),
  };
}

export const stepsFor = (config: Config): readonly Step[] =>
  allSteps.filter((step) => step.isWanted?.(config) ?? true);

export const pending = (facts: Facts, config: Config): readonly Step[] =>
  stepsFor(config).filter((step) => !step.holds(facts, config));
