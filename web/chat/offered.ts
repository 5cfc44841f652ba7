/** Words that something on the page offers to the message field, to be sent or changed. */
import { signal } from '@preact/signals';

export const offered = signal<string | null>(null);
