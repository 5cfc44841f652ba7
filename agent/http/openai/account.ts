/** What one request came to: one audit line, always, and figures for /metrics; never a word that was said. */
import type { Principal } from '@rockpool/protocol/people';
import type { Refusal } from '@rockpool/protocol/refusal';
import type { Audit } from '../../audit/log.ts';
import type { Metrics } from '../../health/metrics.ts';
import type { Clock } from '../../host/clock.ts';
import type { GenerateEvent, GenerateUsage } from '../../inference/model.ts';
import { toRefusal } from '../error.ts';
import { endedEarly } from './answer.ts';

export interface Books {
  audit: Audit;
  metrics?: Pick<Metrics, 'turn' | 'firstToken' | 'waited' | 'error'>;
  clock: Clock;
}

export interface Asker {
  requestId: string;
  /** Method and route. */
  action: string;
  principal: Principal | undefined;
}

export class Account {
  readonly #books: Books;
  readonly #asker: Asker;
  readonly #since: number;
  #isTurn = false;
  #spokeAt: number | undefined;
  #closed = false;

  constructor(books: Books, asker: Asker) {
    this.#books = books;
    this.#asker = asker;
    this.#since = books.clock.now();
  }

  /** Passes the events on. The line stands before the reader learns that the answer is whole. */
  async *watch(events: AsyncIterable<GenerateEvent>, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    this.#isTurn = true;
    try {
      for await (const event of events) {
        await this.#note(event);
        yield event;
      }
      if (!this.#closed) throw signal.aborted ? signal.reason : endedEarly();
    } catch (error) {
      await (signal.aborted ? this.close('aborted') : this.refuse(toRefusal(error)));
      throw error;
    }
  }

  async #note(event: GenerateEvent): Promise<void> {
    const { clock, metrics } = this.#books;
    if (event.type === 'started') metrics?.waited(clock.now() - this.#since);
    if (this.#spokeAt === undefined && (event.type === 'delta' || event.type === 'tool-call')) {
      this.#spokeAt = clock.now();
      metrics?.firstToken(this.#spokeAt - this.#since);
    }
    if (event.type === 'end')
      await this.close(event.reason === 'length' ? 'length' : 'complete', event.usage);
  }

  /** @param refusal what the client is told, or would be if it were still there */
  async refuse({ code }: Refusal): Promise<void> {
    if (this.#closed) return;
    this.#books.metrics?.error(code);
    await this.#close(code, code === 'aborted' ? 'aborted' : 'failed', null);
  }

  async close(outcome: 'complete' | 'length' | 'aborted', usage: GenerateUsage | null = null): Promise<void> {
    await this.#close(outcome, outcome, usage);
  }

  /** The first close is the one that counts. */
  async #close(outcome: string, turn: string, usage: GenerateUsage | null): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { audit, metrics, clock } = this.#books;
    const { requestId, action, principal } = this.#asker;
    const spokenMs = this.#spokeAt === undefined ? undefined : clock.now() - this.#spokeAt;
    if (this.#isTurn) metrics?.turn(turn, usage, spokenMs);
    await audit.record({
      requestId,
      person: principal?.person.id ?? null,
      via: principal?.via ?? 'none',
      action,
      outcome,
      detail: {
        ...(principal ? { credential: principal.credentialId } : {}),
        ...(usage ? { ...usage } : {}),
        ms: clock.now() - this.#since,
      },
    });
  }
}
