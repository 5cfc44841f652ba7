/** The model's part of a turn: its events become frames, and its words the draft. */
import { randomInt } from 'node:crypto';
import type { Frame } from '@rockpool/protocol/chat';
import { Refusal } from '@rockpool/protocol/refusal';
import type { GenerateEvent } from '../inference/model.ts';
import type { Composed } from './compose.ts';
import type { Course } from './course.ts';
import type { Draft } from './draft.ts';

export async function* generate(course: Course, prompt: Composed): AsyncGenerator<Frame> {
  const { request, draft, parts, signal } = course;
  const { about, messages, maxTokens } = prompt;
  draft.model = about.id;
  const asked = {
    ...{ person: String(request.person.id), session: request.session, messages, maxTokens },
    ...sampling(about.builtIn, 'regenerate' in request.body),
  };
  for await (const event of parts.model.generate(asked, signal)) {
    // While it waited another may have taken the place of the one it was composed for.
    if (event.type === 'started') draft.model = parts.model.about()?.id ?? about.id;
    if (event.type === 'delta' && draft.text === '') yield { type: 'doing', what: 'answering' };
    yield* follow(event, draft);
  }
  // A reader who leaves after the last word has the whole answer.
  if (!draft.usage) signal.throwIfAborted();
}

/** The built-in model copies what it cites, so it is greedy; an answer given anew must be able to differ. */
function sampling(builtIn: boolean, anew: boolean): { temperature: number; seed?: number } {
  return builtIn && !anew ? { temperature: 0 } : { temperature: 0.7, seed: randomInt(2 ** 31) };
}

function* follow(event: GenerateEvent, draft: Draft): Generator<Frame> {
  switch (event.type) {
    case 'queued':
      yield event;
      return;
    case 'started':
      yield { type: 'doing', what: 'reading' };
      return;
    case 'reading':
      yield { type: 'doing', what: 'reading', done: event.done, total: event.total };
      return;
    case 'delta':
      draft.add(event.text);
      yield { type: 'delta', text: event.text };
      return;
    case 'end':
      draft.usage = event.usage;
      draft.outcome = event.reason === 'length' ? 'length' : 'complete';
      return;
    case 'tool-call':
    case 'tool-arguments':
      throw new Refusal('model-failed', 'The model called a tool that nobody offered it; ask again.');
  }
}
