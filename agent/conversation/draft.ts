/** An answer while it is being given: what there is of it, saved often enough that a power cut costs a second of it. */
import type { Outcome, Usage } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import type { Clock } from '../host/clock.ts';
import type { Composed } from './compose.ts';
import type { Heeded } from './message-row.ts';

const saveEveryMs = 1_000;

export class Draft {
  text = '';
  /** What it is if nobody waits for it any more. */
  outcome: Exclude<Outcome, 'pending'> = 'aborted';
  /** What the model is given; left out while it is not yet. */
  prompt: Composed | undefined;
  remembered: Fact[] = [];
  heeded: Heeded | null = null;
  /** The model that answers; null while it is the device itself. */
  model: string | null = null;
  usage: Usage | null = null;
  readonly #save: (text: string) => Promise<void>;
  readonly #clock: Clock;
  #savedAt: number;
  #saving: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(save: (text: string) => Promise<void>, clock: Clock) {
    this.#save = save;
    this.#clock = clock;
    this.#savedAt = clock.now();
  }

  /** Never waits: the next words don't wait for the disk. @throws what an earlier save failed with */
  add(delta: string): void {
    if (this.#failure) throw this.#failure.error;
    this.text += delta;
    const now = this.#clock.now();
    if (this.#saving || now - this.#savedAt < saveEveryMs) return;
    this.#savedAt = now;
    this.#saving = this.#save(this.text)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }

  /** No save is under way any more, so that none can undo what is written next. */
  async settled(): Promise<void> {
    await this.#saving;
  }
}
