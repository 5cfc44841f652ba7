/** What a message tells memory to do is done before anything is recalled for it. */
import type { Frame } from '@rockpool/protocol/chat';
import type { Course } from './course.ts';
import { forgottenSentence, languageOf } from './language.ts';
import type { Heeded } from './message-row.ts';

/** A question that is answered anew was heeded before; one whose heeding failed then is heeded now. */
export async function* heed({ request, begun, draft, parts }: Course): AsyncGenerator<Frame, Heeded> {
  if (begun.heeded !== null) return begun.heeded;
  const { text, id } = begun.question;
  const about = begun.about === null ? {} : { about: begun.about };
  const said = { text, sessionId: request.session, messageId: id, ...about };
  const { remembered, forgotten, command } = await parts.memory.heed(request.person, said);
  draft.remembered = remembered;
  draft.heeded = command ?? (remembered.length > 0 ? 'noticed' : 'none');
  if (remembered.length > 0) yield { type: 'remembered', facts: remembered };
  if (forgotten.length > 0) yield { type: 'forgotten', facts: forgotten };
  if (command !== 'forget') return draft.heeded;
  // The device answers, not the model: only the device knows what was really forgotten.
  const sentence = forgottenSentence(forgotten, languageOf(text));
  draft.add(sentence);
  draft.outcome = 'complete';
  yield { type: 'delta', text: sentence };
  return draft.heeded;
}
