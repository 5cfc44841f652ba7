/** A turn, heard from outside: once its answer is there, what the person wrote waits to be read. */
import type { Frame } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import type { Extraction } from './extraction.ts';

/** The same frames, each the moment it comes. An answer given anew is to a message that was heard before. */
export async function* overheard(
  frames: AsyncGenerator<Frame>,
  { person, body }: { person: Person; body: object },
  extraction: Pick<Extraction, 'add' | 'removePerson'>,
): AsyncGenerator<Frame> {
  let said: { sessionId: string; messageId: number; text: string; saidAt: number } | undefined;
  let known: Fact[] = [];
  for await (const frame of frames) {
    if (frame.type === 'accepted' && !('regenerate' in body)) {
      const { id, text, at } = frame.message;
      said = { sessionId: frame.session.id, messageId: id, text, saidAt: at };
    }
    if (frame.type === 'remembered') known = frame.facts;
    if (frame.type === 'forgotten') {
      // What is still to be read may say it again, and this message names it.
      said = undefined;
      await extraction.removePerson(person.id);
    }
    if (frame.type === 'done' && said && frame.message.outcome === 'complete')
      extraction.add({ person, ...said, known });
    yield frame;
  }
}
