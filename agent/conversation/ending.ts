/** How a turn ends, however it ends: the answer on disk, a line in the audit log, the cache ready for the next turn. */
import type { Frame, Message, Session } from '@rockpool/protocol/chat';
import { Refusal } from '@rockpool/protocol/refusal';
import { citedIn } from './citations.ts';
import { nextPrompt } from './compose.ts';
import type { Course, TurnParts, TurnRequest } from './course.ts';
import { factsOf } from './message-row.ts';
import { stopped } from './stopped.ts';

export interface Ended {
  session: Session;
  message: Message;
}

export async function finish({ request, begun, draft, parts }: Course): Promise<Ended> {
  const { text, outcome, remembered, heeded, usage, prompt, model } = draft;
  const { answerId, question } = begun;
  const citations = citedIn(text, prompt?.offered ?? []);
  const cited = citations.map(({ n }) => n);
  const said = { question: question.text, answer: text, cited, heeded: heeded ?? begun.heeded ?? 'none' };
  const exchange = { id: question.id, answerId, facts: factsOf(citations, remembered), ...said };
  const next = prompt && nextPrompt(prompt, { exchange, tokens: usage?.completionTokens });
  const windowStart = next?.windowStart ?? begun.windowStart;
  let recorded: string = 'failed';
  try {
    await draft.settled();
    const ended = await parts.sessions.finish(request.person.id, request.session, answerId, {
      ...{ text, outcome, citations, remembered, heeded, usage, model, windowStart },
      at: parts.clock.now(),
    });
    recorded = outcome;
    // Nobody waits for this: it costs the idle time between two turns.
    const worthIt = next && outcome !== 'failed';
    if (worthIt) parts.running.afterwards(parts.model.settle(request.session, next.messages));
    return ended;
  } finally {
    await account(request, parts, recorded, model);
  }
}

export async function account(
  { person, via, requestId, session }: TurnRequest,
  { audit }: TurnParts,
  outcome: string,
  model: string | null,
): Promise<void> {
  await audit.record({ action: 'turn', person, via, requestId, session, outcome, model });
}

export function failed(error: unknown, aborted: boolean, message: Message): Frame {
  const refusal = error instanceof Refusal ? error : aborted ? stopped() : unexpected();
  const { retryAfterS } = refusal.detail;
  const retry = retryAfterS === undefined ? {} : { retryAfterS };
  return { type: 'failed', error: { code: refusal.code, message: refusal.message, ...retry }, message };
}

const unexpected = (): Refusal =>
  new Refusal(
    'failed',
    'Something went wrong on the device; ask again, and tell your administrator if it stays.',
  );
