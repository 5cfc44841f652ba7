/** Which message is being edited in place. */
import { signal } from '@preact/signals';
import { answering, transcript } from './conversation.ts';

export const editing = signal<number | null>(null);

/** @returns whether there was a message to edit */
export function editLast(): boolean {
  const last = transcript.value.messages.findLast((message) => message.from === 'person');
  if (!last || answering.value) return false;
  editing.value = last.id;
  return true;
}
