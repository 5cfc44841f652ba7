/** The agent's own look at itself while it serves: the doctor's probes that disturb nobody, one after the other. */
import { type Finding, raisedProbe } from './probes.ts';

export interface SelfTestProbe {
  /** As the finding names it. */
  name: string;
  run(signal: AbortSignal): Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>;
}

export interface SelfTest {
  /** Joins the one under way. Never rejects: a probe that fails is a finding. */
  run(signal?: AbortSignal): Promise<readonly Finding[]>;
}

/** A probe that has not answered by then has answered. */
const probeMs = 120_000;

export function createSelfTest(probes: readonly SelfTestProbe[], limitMs = probeMs): SelfTest {
  let underWay: Promise<readonly Finding[]> | undefined;
  const runAll = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const findings: Finding[] = [];
    for (const probe of probes) findings.push(...(await answer(probe, limitMs, signal)));
    return findings;
  };
  return {
    run(signal = new AbortController().signal) {
      underWay ??= runAll(signal).finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}

async function answer(
  { name, run }: SelfTestProbe,
  limitMs: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error(signal.aborted ? 'it was ended' : 'it did not answer in time'));
  limited.addEventListener('abort', end, { once: true });
  try {
    limited.throwIfAborted();
    const found = await Promise.race([run(limited), ended]);
    return [found].flat();
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [{ probe: name, state: 'bad', says, cure: 'run `rockpool doctor` on the device' }];
  } finally {
    limited.removeEventListener('abort', end);
    // Nobody waits for it any more when the probe answered first.
    ended.catch(() => undefined);
  }
}

/** Warnings that are raised already are told by themselves; as failures of the test they would be told twice. */
export const failedIn = (findings: readonly Finding[]): string[] => [
  ...new Set(
    findings.filter(({ probe, state }) => state === 'bad' && probe !== raisedProbe).map(({ probe }) => probe),
  ),
];

/** For a command's result: one line each, what is wrong first. */
export function linesOf(findings: readonly Finding[]): string[] {
  const order = { bad: 0, warning: 1, good: 2 } as const;
  return [...findings]
    .sort((a, b) => order[a.state] - order[b.state])
    .map(({ probe, state, says, cure }) =>
      `${state} ${probe}: ${says}${cure ? ` → ${cure}` : ''}`.slice(0, 200),
    )
    .slice(0, 50);
}
