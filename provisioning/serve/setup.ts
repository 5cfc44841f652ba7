/** What the setup page's reader sees and may do: the steps of `apply` with a person in the middle. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import type { PostureFinding } from '@rockpool/protocol/posture';
import { Refusal } from '@rockpool/protocol/refusal';
import type {
  SetupKept,
  SetupPhase,
  SetupProgress,
  SetupStart,
  SetupStep,
  SetupUnlock,
} from '@rockpool/protocol/setup';
import type { z } from 'zod';
import { apply, PlanRefused, StepFailed, type Told } from '../apply.ts';
import type { Config } from '../config.ts';
import { parseRecoveryKey, toQr, toWords } from '../disk/recovery.ts';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import { type Facts, headerOf } from '../facts/facts.ts';
import { plan, stepsFor } from '../plan.ts';
import { nameOf } from '../steps/step.ts';
import type { World } from '../world.ts';

/** What a setup does beside the steps. */
export interface SetupWorld extends World {
  takeClaim(text: string, config: Config): void;
  takeStick(config: Config): Promise<void>;
  unlock(typed: string, config: Config): Promise<void>;
  handOver(): Promise<void>;
}

export interface SetupParts {
  world: SetupWorld;
  config: Config;
  findings(facts: Facts): Promise<readonly PostureFinding[]>;
  /** Called once for a device for which every step holds, before the agent takes over. */
  finished(facts: Facts): Promise<void>;
  /** What nobody foresaw, for the log; a person sees one sentence. */
  report(error: unknown): void;
  /** The page says that it is done, and where to go, before its program ends. */
  farewellMs: number;
  wait(ms: number): Promise<void>;
  handedOver(): void;
  signal: AbortSignal;
}

export interface Setup {
  /** What a boot can do without a person: goes on with a device that was cut off, or says what it waits for. */
  begin(): Promise<void>;
  progress(): SetupProgress;
  /** @returns how to stop listening */
  watch(listener: (progress: SetupProgress) => void): () => void;
  start(asked: z.infer<typeof SetupStart>): Promise<void>;
  kept(asked: z.infer<typeof SetupKept>): void;
  unlock(asked: z.infer<typeof SetupUnlock>): Promise<void>;
}

export function createSetup(parts: SetupParts): Setup {
  const { world, signal } = parts;
  let config = parts.config;
  let phase: SetupPhase = 'working';
  let facts: Facts | null = null;
  let steps: SetupStep[] = stepsFor(config).map(({ id }) => ({ id, state: 'waiting', says: null }));
  let refusal: SetupProgress['refusal'] = null;
  let findings: readonly PostureFinding[] = [];
  let recovery: { shown: NonNullable<SetupProgress['recovery']>; kept(): void } | null = null;
  let starting = false;
  let unlocking = false;
  let wasAsked = false;
  const listeners = new Set<(progress: SetupProgress) => void>();

  const needsClaim = (): boolean => {
    if (!config.fleet || !facts || facts.device?.enrolled) return false;
    // One that names an impostor, or a controller that was set up anew, stays wrong however often it is tried.
    const isWrong = refusal?.code === 'wrong-controller' && facts.claim?.from !== 'stick';
    return facts.claim === null || isWrong;
  };

  const progress = (): SetupProgress => {
    const name = facts ? nameOf(facts, config) : (config.name ?? 'rockpool');
    return {
      ...{ name, phase, steps, refusal, findings: [...findings] },
      needsClaim: needsClaim(),
      recovery: phase === 'recovery' ? (recovery?.shown ?? null) : null,
      authority: facts?.device?.authority
        ? { ...facts.device.authority, constraints: [...facts.device.authority.constraints] }
        : null,
      address: `https://${config.tls.mode === 'acme' ? config.tls.names[0] : `${name}.local`}/`,
    };
  };
  const tell = (): void => {
    for (const listener of listeners) listener(progress());
  };
  const become = (next: SetupPhase): void => {
    phase = next;
    tell();
  };

  /** The world's word on every step; the ones that failed keep their reason until they run again. */
  const lookAgain = async (): Promise<Facts> => {
    const seen = await world.look(config);
    facts = seen;
    findings = await parts.findings(seen);
    const { done } = plan(seen, config);
    steps = steps.map((step) =>
      done.includes(step.id as never)
        ? { ...step, state: 'done' }
        : step.state === 'failed'
          ? step
          : { ...step, state: 'waiting', says: null },
    );
    return seen;
  };

  const told = ({ id, state, says }: Told): void => {
    steps = steps.map((step) => (step.id === id ? { id, state, says } : step));
    tell();
  };

  const person = {
    keep: (key: string, until: AbortSignal): Promise<void> =>
      new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(until.reason);
        until.addEventListener('abort', stop, { once: true });
        const parsed = parseRecoveryKey(key);
        recovery = {
          shown: { key: parsed, words: toWords(parsed), qr: toQr(parsed) },
          kept: () => {
            until.removeEventListener('abort', stop);
            recovery = null;
            become('working');
            resolve();
          },
        };
        become('recovery');
      }),
  };

  async function work(): Promise<void> {
    refusal = null;
    become('working');
    try {
      facts = await apply({ world, config, person, signal, tell: told });
      await lookAgain();
      await parts.finished(facts);
      become('done');
      // Nobody reads the page of a boot that only went on.
      if (wasAsked) await parts.wait(parts.farewellMs);
      await world.handOver();
      parts.handedOver();
    } catch (error) {
      if (!signal.aborted) await stop(error);
    }
  }

  /** Says why; whatever is the matter, the page must not wait for ever. */
  async function stop(error: unknown): Promise<void> {
    recovery = null;
    refusal = refusalOf(error);
    if (!refusal) {
      parts.report(error);
      refusal = { code: 'failed', says: sentence(error) };
    }
    // A drive that is dying fails a step, and the look after it as well.
    await lookAgain().catch(parts.report);
    const isLocked =
      error instanceof StepFailed &&
      error.id === 'disk-open' &&
      headerOf({ disk: facts?.disk ?? null })?.mark === 'kept';
    become(isLocked ? 'locked' : 'refused');
  }

  const isWaiting = (): boolean => phase === 'fresh' || phase === 'refused';

  /** A name counts only with a claim that is good. @throws Refusal that says what is wrong with them */
  async function take({ name, claim }: z.infer<typeof SetupStart>): Promise<void> {
    const asked = name === undefined ? config : { ...config, name: nameFrom(name) };
    try {
      if (claim !== undefined) world.takeClaim(claim, asked);
      const seen = await lookAgain();
      // Only that a stick is there was seen; whether it holds a good claim is learnt before anything is done.
      if (claim === undefined && asked.fleet && seen.claim?.from === 'stick') await world.takeStick(asked);
    } catch (cause) {
      if (!(cause instanceof EnrolmentRefused)) throw cause;
      throw new Refusal('bad-request', cause.message, { cause });
    }
    config = asked;
  }

  /** Begun here, it goes on while the asker has its answer; every end of it is told by phase. */
  const workOn = (): void => {
    work().catch(parts.report);
  };

  return {
    progress,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    async begin() {
      try {
        const seen = await lookAgain();
        if (headerOf(seen)?.mark === 'kept') workOn();
        else become('fresh');
      } catch (error) {
        if (signal.aborted) throw error;
        await stop(error);
      }
    },

    async start(asked) {
      demand(isWaiting() && !starting, 'The setup is running already.');
      // Of two browsers at once one is refused, before anything of what it asked for is taken.
      starting = true;
      try {
        await take(asked);
      } finally {
        starting = false;
      }
      wasAsked = true;
      workOn();
    },

    kept({ words, places }) {
      demand(phase === 'recovery', 'There is no recovery key to be kept at the moment.');
      const shown = recovery?.shown.words ?? [];
      const areRight = places.every(
        (place, i) => shown[place] === words[i]?.normalize('NFKC').trim().toLowerCase(),
      );
      if (new Set(places).size !== places.length || !areRight)
        throw new Refusal(
          'bad-request',
          'These are not the words at those places; compare them with what you wrote down.',
        );
      recovery?.kept();
    },

    async unlock({ recoveryKey }) {
      demand(phase === 'locked', 'The disk is not waiting for a key.');
      // One at a time: deriving a key takes memory and seconds.
      demand(!unlocking, 'Another key is being tried; wait for its answer.');
      unlocking = true;
      try {
        await world.unlock(recoveryKey, config);
      } finally {
        unlocking = false;
      }
      wasAsked = true;
      workOn();
    },
  };
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Refusal('conflict', otherwise);
}

function nameFrom(typed: string): Config['name'] {
  const parsed = DeviceName.safeParse(typed.trim().toLowerCase());
  if (parsed.success) return parsed.data;
  throw new Refusal(
    'bad-request',
    `This can’t be the device’s name: ${parsed.error.issues[0]?.message ?? 'it is not valid'}.`,
    {
      param: 'name',
    },
  );
}

/** Null for what nobody foresaw. */
function refusalOf(error: unknown): SetupProgress['refusal'] {
  if (error instanceof PlanRefused) {
    const [first] = error.refusals;
    return first ? { code: first.id, says: error.refusals.map(({ says }) => says).join(' ') } : null;
  }
  if (!(error instanceof StepFailed)) return null;
  const { cause } = error;
  // A controller's own code: the page has words for each in its reader's language.
  return {
    code: cause instanceof EnrolmentRefused ? cause.code : error.id,
    says: cause instanceof Error ? cause.message : error.message,
  };
}

const sentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? 'It failed.';
