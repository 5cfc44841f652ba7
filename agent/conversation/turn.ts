/** One message and its answer, from the moment it is on disk to the moment the answer is. */
import type { Frame } from '@rockpool/protocol/chat';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import { generate } from './answering.ts';
import type { Composed } from './compose.ts';
import type { Course, TurnParts, TurnRequest } from './course.ts';
import { Draft } from './draft.ts';
import { account, type Ended, failed, finish } from './ending.ts';
import { heed } from './heeding.ts';
import type { NewTurn } from './message-row.ts';
import { recall } from './recalling.ts';
import type { Lane } from './running.ts';
import { stillTrue } from './still-true.ts';

/**
 * The first frame is `accepted`: the message is on disk, and an answer to it will be, whatever happens. What refuses
 * the turn before that is thrown; what ends it later is the last frame, and thrown too when nobody expected it.
 */
export async function* turn(
  request: TurnRequest,
  parts: TurnParts,
  reader: AbortSignal,
): AsyncGenerator<Frame> {
  const { lane, ...course } = await begin(request, parts, reader);
  const { begun, draft, signal } = course;
  let ended: Ended | undefined;
  let failure: unknown;
  try {
    const { answerId, session, question } = begun;
    yield { type: 'accepted', turnId: String(answerId), session, message: question };
    yield* answer(course);
  } catch (error) {
    failure = signal.aborted ? signal.reason : error;
    draft.outcome = signal.aborted ? 'aborted' : 'failed';
  } finally {
    // Also when nobody asks for another frame: what was said so far is kept, and the turn is accounted for.
    ended = await finish(course).finally(() => lane.leave());
  }
  if (failure === undefined) yield { type: 'done', ...ended, usage: draft.usage };
  else yield failed(failure, signal.aborted, ended.message);
  if (failure !== undefined && !(failure instanceof Refusal) && !signal.aborted) throw failure;
}

async function* answer(course: Course): AsyncGenerator<Frame> {
  const { begun, draft, parts, request, signal } = course;
  // Recalling and composing ask the model too: who comes while another takes its place waits where it can be told.
  yield* parts.model.standBy(String(request.person.id), signal);
  yield* heed(course);
  if (draft.outcome === 'complete') return;
  const entries = yield* recall(course);
  const history = await stillTrue(course);
  for (;;) {
    const prompt = await parts.composer.compose({ ...begun, history }, entries);
    draft.prompt = prompt;
    yield { type: 'context', citations: prompt.offered };
    try {
      yield* generate(course, prompt);
      return;
    } catch (error) {
      if (!isForAnother(error, prompt, parts.model.about())) throw error;
    }
  }
}

/** It waited for the model while another took its place, whose window is smaller. */
const isForAnother = (error: unknown, { about }: Composed, now: ModelAbout | undefined): boolean =>
  error instanceof Refusal &&
  error.code === 'context-exceeded' &&
  now !== undefined &&
  now.contextTokens < about.contextTokens;

/** @throws Refusal when the turn can't be had; nothing was stored then */
async function begin(
  request: TurnRequest,
  parts: TurnParts,
  reader: AbortSignal,
): Promise<Course & { lane: Lane }> {
  const { person, session } = request;
  const { sessions, running, clock } = parts;
  let lane: Lane | undefined;
  try {
    lane = running.enter(session, person.id, reader);
    const begun = await sessions.begin(person.id, session, await newTurn(request, parts));
    const draft = new Draft((text) => sessions.save(person.id, session, begun.answerId, text), clock);
    return { lane, request, begun, draft, parts, signal: lane.signal };
  } catch (error) {
    lane?.leave();
    await account(request, parts, error instanceof Refusal ? error.code : 'failed', null);
    throw error;
  }
}

async function newTurn({ body, person }: TurnRequest, { documents, clock }: TurnParts): Promise<NewTurn> {
  if ('regenerate' in body) return { at: clock.now(), regenerate: body.regenerate };
  const { text, parentId, attachments: ids } = body;
  const attachments = ids.length > 0 ? await documents.attachments(person, ids) : [];
  return { at: clock.now(), text, parentId, attachments };
}
