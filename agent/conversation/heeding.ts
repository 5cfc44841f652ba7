/** What a message tells memory to do is done before anything is recalled for it. */
import type { Frame } from '@rockpool/protocol/chat';
import type { Course } from './course.ts';
import { forgottenSentence, languageOf, notedSentence } from './language.ts';
import type { Heeded } from './message-row.ts';
import type { Heeding } from './parts.ts';

/**
 * A question that is answered anew was heeded before; one whose heeding failed then is heeded now. Where only the device
 * knows what became of a message, it answers, and the draft is complete: what was really forgotten, and what "no, it's
 * 4472" was understood to say.
 */
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
  const sentence = deviceSentence(text, { remembered, forgotten, command });
  if (sentence !== null) {
    draft.add(sentence);
    draft.outcome = 'complete';
    yield { type: 'delta', text: sentence };
  }
  return draft.heeded;
}

function deviceSentence(
  text: string,
  { remembered, forgotten, command }: Omit<Heeding, 'superseded'>,
): string | null {
  if (command === 'forget') return forgottenSentence(forgotten, languageOf(text));
  const isPlain = remembered.every((fact) => plain(text).includes(plain(fact.text)));
  return isPlain ? null : notedSentence(remembered, languageOf(text));
}

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
