/** Follows a document while the device reads it; one poll serves all that wait. */
import type { Document } from '@rockpool/protocol/documents';
import { listDocuments } from '../wire/documents.ts';

const pollMs = 700;
let polling: Promise<Document[]> | null = null;

export const isSettled = (document: Document): boolean =>
  document.status === 'ready' || document.status === 'failed';

/** The document at every look, the last one settled. Ends early when it was deleted. */
export async function* followReading(document: Document, signal: AbortSignal): AsyncGenerator<Document> {
  for (let now: Document | undefined = document; now; now = await look(document.id)) {
    if (signal.aborted) return;
    yield now;
    if (isSettled(now)) return;
  }
}

async function look(id: number): Promise<Document | undefined> {
  polling ??= nextPoll().finally(() => {
    polling = null;
  });
  const documents = await polling;
  return documents.find((one) => one.id === id);
}

async function nextPoll(): Promise<Document[]> {
  await new Promise((resolve) => window.setTimeout(resolve, pollMs));
  return listDocuments();
}
