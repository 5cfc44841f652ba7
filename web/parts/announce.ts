/** The one polite status region: start and finish are told to screen readers, tokens are not. */
import { signal } from '@preact/signals';

export const announcement = signal('');

export function announce(words: string): void {
  // The same words twice would be silent; a space no one hears makes them new.
  announcement.value = announcement.value === words ? `${words}\u00a0` : words;
}
