/** Does what the plan says, one step at a time, and believes only what the world shows afterwards. */
import type { Config } from './config.ts';
import type { Facts } from './facts/facts.ts';
import { pending, plan } from './plan.ts';
import type { Step, StepId } from './steps/step.ts';
import type { Person, World } from './world.ts';

/** A device can't be set up as it is; the sentences say why and what to do. Nothing was touched. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  readonly refusals: readonly { id: StepId; says: string }[];

  constructor(refusals: readonly { id: StepId; says: string }[]) {
    super(refusals.map(({ says }) => says).join('\n'));
    this.refusals = refusals;
  }
}

/** A step ran, or could not; what was done before it stays, and the next run goes on from there. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly id: StepId;

  constructor({ id, title }: Pick<Step, 'id' | 'title'>, why: string, cause?: unknown) {
    super(`${title}: ${why}`, cause === undefined ? undefined : { cause });
    this.id = id;
  }
}

export type Told = { id: StepId; state: 'running' | 'done' | 'failed'; says: string | null };

export interface Application {
  world: World;
  config: Config;
  person: Person;
  signal: AbortSignal;
  tell(told: Told): void;
}

/**
 * There is no journal: the world is the state. Whoever calls it again after a power cut gets the rest, or a new start.
 * @returns the facts of a device for which every step holds
 */
export async function apply(application: Application): Promise<Facts> {
  const { world, config, signal, tell } = application;
  let facts = await world.look(config);
  const { refusals } = plan(facts, config);
  if (refusals.length > 0) throw new PlanRefused(refusals);

  const applied = new Set<StepId>();
  for (let step = pending(facts, config)[0]; step; step = pending(facts, config)[0]) {
    signal.throwIfAborted();
    if (applied.has(step.id))
      throw fail(step, `it was done, and undone by something else since. ${step.seen(facts, config)}`);
    applied.add(step.id);
    // Earlier steps may have shown what was hidden: what lies on a disk that was closed, say.
    const refusal = step.refuses?.(facts, config);
    if (refusal) throw fail(step, refusal);
    tell({ id: step.id, state: 'running', says: null });
    facts = await deed(step, facts, application);
    if (!step.holds(facts, config))
      throw fail(step, `it ran, and the device doesn’t show it. ${step.seen(facts, config)}`);
    tell({ id: step.id, state: 'done', says: step.seen(facts, config) });
  }
  return facts;

  function fail(step: Step, why: string, cause?: unknown): StepFailed {
    tell({ id: step.id, state: 'failed', says: why });
    return new StepFailed(step, why, cause);
  }

  async function deed(step: Step, facts: Facts, { person }: Application): Promise<Facts> {
    try {
      await step.apply({ world, facts, config, person, signal });
      return await world.look(config);
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw fail(step, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }
}
