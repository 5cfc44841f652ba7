/** A turn under way: what was asked and by whom, what there is of its answer, and the rooms that help. */
import type { TurnBody } from '@rockpool/protocol/chat';
import type { Person, Principal } from '@rockpool/protocol/people';
import type { Clock } from '../host/clock.ts';
import type { Model } from '../inference/model.ts';
import type { Composer } from './compose.ts';
import type { Draft } from './draft.ts';
import type { Begun } from './message-row.ts';
import type { Audit, Passages, Recall, Sessions } from './parts.ts';
import type { Running } from './running.ts';

export interface TurnRequest {
  session: string;
  body: TurnBody;
  person: Person;
  via: Principal['via'];
  requestId: string;
}

export interface TurnParts {
  sessions: Pick<Sessions, 'begin' | 'save' | 'finish'>;
  memory: Recall;
  documents: Passages;
  model: Model;
  composer: Composer;
  running: Running;
  audit: Audit;
  clock: Clock;
}

export interface Course {
  readonly request: TurnRequest;
  readonly begun: Begun;
  readonly draft: Draft;
  readonly parts: TurnParts;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}
