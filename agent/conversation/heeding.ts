/** What a message tells memory to do is done before anything is recalled for it. */
import type { Frame } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import type { Course } from './course.ts';
import { forgottenSentence, languageOf, notedSentence, notHeededSentence } from './language.ts';
import type { Heeding } from './parts.ts';

/**
 * A question that is answered anew was heeded before; one whose heeding failed then is heeded now. Where a message is
 * about nothing but memory the device answers, and the draft is complete: it alone knows what was stored and forgotten,
 * and a small model now and then confirms something else.
 */
export async function* heed({ request, begun, draft, parts }: Course): AsyncGenerator<Frame> {
  if (begun.heeded !== null) return;
  const { text, id } = begun.question;
  const about = begun.about === null ? {} : { about: begun.about };
  const said = { text, sessionId: request.session, messageId: id, ...about };
  const { remembered, forgotten, command, refused } = await parts.memory.heed(request.person, said);
  if (refused) {
    // Not heeded: when it is answered anew, memory is asked again.
    if (command === null) return;
    yield* say(notHeededSentence(refused, languageOf(text)), draft);
    return;
  }
  draft.remembered = remembered;
  draft.heeded = command ?? (remembered.length > 0 ? 'noticed' : 'none');
  if (remembered.length > 0) yield { type: 'remembered', facts: remembered };
  if (forgotten.length > 0) yield { type: 'forgotten', facts: forgotten };
  const isSmall = parts.model.about()?.builtIn ?? true;
  const sentence = deviceSentence(text, { remembered, forgotten, command }, isSmall);
  if (sentence !== null) yield* say(sentence, draft);
}

function* say(sentence: string, draft: Course['draft']): Generator<Frame> {
  draft.add(sentence);
  draft.outcome = 'complete';
  yield { type: 'delta', text: sentence };
}

function deviceSentence(
  text: string,
  { remembered, forgotten, command }: Omit<Heeding, 'superseded'>,
  isSmall: boolean,
): string | null {
  const language = languageOf(text);
  if (command === 'forget') return forgottenSentence(forgotten, language);
  if (remembered.length === 0) return null;
  const rest = besides(text, remembered);
  // "No, it's 4472": what it was understood to say stands nowhere in it.
  if (rest === null) return notedSentence(remembered, language);
  const isAllOfIt = rest.length <= politeChars && !/[?？吗呢]/u.test(rest);
  return isAllOfIt && (command === 'remember' || isSmall) ? notedSentence(remembered, language) : null;
}

/** "Hi Pebble! Could you please remember that …, thank you" */
const politeChars = 60;

/** What else a message says than these facts; null when it does not say one of them in so many words. */
function besides(text: string, facts: readonly Fact[]): string | null {
  let rest = plain(text);
  for (const fact of facts) {
    const said = plain(fact.text);
    if (!rest.includes(said)) return null;
    rest = rest.replace(said, ' ');
  }
  return rest.trim();
}

/** Letters and digits, and whether it asks. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}?？]+/gu, ' ')
    .trim();
