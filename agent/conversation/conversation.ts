/** The room as the rest of the agent sees it: turns, and the end of them. */
import type { Frame } from '@rockpool/protocol/chat';
import { createComposer } from './compose.ts';
import type { TurnParts, TurnRequest } from './course.ts';
import { createRunning, type Running } from './running.ts';
import { turn } from './turn.ts';

export interface Conversation extends Omit<Running, 'enter'> {
  /** Must be iterated to its end; abort `reader` to end it early. */
  turn(request: TurnRequest, reader: AbortSignal): AsyncGenerator<Frame>;
}

export interface ConversationParts extends Omit<TurnParts, 'composer' | 'running'> {
  /** Told what failed while nobody waited for it: a cache could not be settled after an answer. */
  failed(error: unknown): void;
}

export function createConversation({ failed, ...others }: ConversationParts): Conversation {
  const running = createRunning(failed);
  const parts: TurnParts = { ...others, running, composer: createComposer(others.model) };
  const { enter: _, ...rest } = running;
  return { ...rest, turn: (request, reader) => turn(request, parts, reader) };
}
