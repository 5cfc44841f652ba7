/** The person with the phone who sets a device up: what they see on the setup page, and what they type there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupProgress, SetupState } from '@rockpool/protocol/setup';
import { openBrowser, type Reply } from './browser.ts';
import type { Machine } from './rig/qemu.ts';
import { StoryError } from './rig/serial.ts';

/** Boots of an emulated processor that two builds share with others. */
const patienceMs = 400_000;

export interface Technician {
  /** Waits for the page, whatever it says. */
  arrive(phase: SetupState['phase']): Promise<SetupState>;
  /** Waits for the page, in whatever phase it is. */
  arriveAnywhere(withinMs?: number): Promise<SetupState>;
  typeCode(code: string): Promise<SetupProgress>;
  begin(claim: string): Promise<void>;
  /** Watches until the page says one of these; every progress that was seen on the way is in `seen`. */
  watchFor(...phases: SetupState['phase'][]): Promise<SetupProgress>;
  readonly seen: readonly SetupProgress[];
  /** Types two of the words back. @returns the recovery key as it stands on the paper */
  keepRecovery(): Promise<string>;
  unlock(recoveryKey: string): Promise<Reply>;
}

export function technicianAt(machine: Machine): Technician {
  const page = openBrowser({ port: machine.httpsPort, name: 'rockpool.local' });
  const seen: SetupProgress[] = [];
  const now = async (): Promise<SetupProgress> => {
    const { status, body, text } = await page.get('/setup/api/progress');
    if (status !== 200) throw new StoryError(`the setup page answered ${status}: ${text}`);
    const progress = SetupProgress.parse(body);
    seen.push(progress);
    return progress;
  };
  const must = async (path: string, body: unknown): Promise<void> => {
    const reply = await page.post(path, body);
    if (reply.status !== 200) throw new StoryError(`${path} answered ${reply.status}: ${reply.text}`);
  };
  return {
    seen,
    arrive: (phase) =>
      patiently(machine, `the setup page to say ${phase}`, async () => {
        const { status, body, text } = await page.get('/setup/api/state');
        if (status !== 200) return `it answered ${status}: ${text}`;
        const state = SetupState.parse(body);
        return state.phase === phase ? { found: state } : JSON.stringify(state);
      }),
    arriveAnywhere: (withinMs) =>
      patiently(
        machine,
        'a setup page',
        async () => {
          const { status, body, text } = await page.get('/setup/api/state');
          return status === 200 ? { found: SetupState.parse(body) } : `it answered ${status}: ${text}`;
        },
        withinMs,
      ),
    async typeCode(code) {
      const reply = await page.post('/setup/api/open', { code });
      if (reply.status !== 200)
        throw new StoryError(`the code was answered with ${reply.status}: ${reply.text}`);
      return SetupProgress.parse(reply.body);
    },
    begin: (claim) => must('/setup/api/start', { claim, language: 'en' }),
    watchFor: (...phases) =>
      patiently(machine, `the page to say ${phases.join(' or ')}`, async () => {
        const progress = await now();
        if (progress.phase === 'refused' && !phases.includes('refused'))
          throw new StoryError(
            `it was refused: ${JSON.stringify(progress.refusal)}\n${JSON.stringify(progress.steps)}`,
          );
        return phases.includes(progress.phase) ? { found: progress } : JSON.stringify(progress.steps);
      }),
    async keepRecovery() {
      const { recovery } = await now();
      if (!recovery) throw new StoryError('there is no recovery key on the page');
      const places = [2, 19] as const;
      await must('/setup/api/kept', { places, words: places.map((place) => recovery.words[place]) });
      return recovery.key;
    },
    async unlock(recoveryKey) {
      return page.post('/setup/api/unlock', { recoveryKey });
    },
  };
}

/** Asks again and again; what a device that starts or changes hands refuses to say is no answer yet. */
export async function patiently<T>(
  machine: Machine,
  what: string,
  look: () => Promise<{ found: T } | string>,
  withinMs = patienceMs,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last = 'nothing';
  for (;;) {
    try {
      const answer = await look();
      if (typeof answer === 'object') return answer.found;
      last = answer;
    } catch (error) {
      if (error instanceof StoryError) throw error;
      last = String(error);
    }
    if (!machine.isOn() || performance.now() > deadline) {
      const why = machine.isOn() ? `${withinMs / 1000} s went by` : 'the machine went off';
      throw new StoryError(
        `${why} while waiting for ${what}; last: ${last}\nThe console said:\n${machine.serial.text().slice(-3_000)}`,
      );
    }
    await sleep(500);
  }
}
