/** The source that is shown beside the conversation, and what had the focus before. */

import { signal } from '@preact/signals';
import type { Citation } from '@rockpool/protocol/chat';

export const source = signal<Citation | null>(null);
let opener: Element | null = null;

export function openSource(citation: Citation): void {
  if (source.value === null) opener = document.activeElement;
  source.value = citation;
}

export function closeSource(): void {
  source.value = null;
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  opener = null;
}
