/** What memory and documents hold about a question, looked for at once. */
import type { Frame } from '@rockpool/protocol/chat';
import { chooseEntries, type Entry, maxEntries } from './context.ts';
import type { Course } from './course.ts';

export async function* recall({
  request,
  begun,
  draft,
  parts,
  signal,
}: Course): AsyncGenerator<Frame, Entry[]> {
  yield { type: 'doing', what: 'recalling' };
  const { text, attachments } = begun.question;
  const only = attachments.length > 0 ? { documents: attachments.map(({ documentId }) => documentId) } : {};
  const [recalled, found] = await Promise.all([
    parts.memory.recall(request.person, text, { limit: maxEntries, signal }),
    parts.documents.search(request.person, text, { limit: maxEntries, signal, ...only }),
  ]);
  signal.throwIfAborted();
  // What was said just now is no news to the model.
  const saidNow = new Set(draft.remembered.map(({ id }) => id));
  return chooseEntries(
    recalled.filter(({ fact }) => !saidNow.has(fact.id)),
    found,
    text,
  );
}
