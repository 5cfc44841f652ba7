/** Files on their way into a message: sent, then read by the device, then ready to be asked about. */
import { computed, signal } from '@preact/signals';
import { size } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { whyUnread } from '../i18n/unread.ts';
import { sentence } from '../parts/problem.tsx';
import { showProblem, showToast } from '../parts/toast.tsx';
import { followReading } from '../shell/reading.ts';
import { upload } from '../wire/documents.ts';
import { asProblem } from '../wire/problem.ts';
import { maxDocumentBytes } from './limits.ts';

export interface Adding {
  key: number;
  name: string;
  documentId: number | null;
  /** Of sending and reading together. */
  share: number;
  ready: boolean;
  /** In the reader's words. */
  problem: string | null;
}

export const adding = signal<readonly Adding[]>([]);
/** The first that a question would come too early for. */
export const unread = computed(() => adding.value.find((one) => !one.ready && !one.problem) ?? null);
export const attachedIds = computed(() =>
  adding.value.flatMap((one) => (one.ready && one.documentId !== null ? [one.documentId] : [])),
);

const stops = new Map<number, AbortController>();
let lastKey = 0;

export function attach(files: Iterable<File>): void {
  for (const file of files) {
    if (file.size > maxDocumentBytes)
      showToast(t('composer.tooBig', { name: file.name, size: size(maxDocumentBytes) }));
    else void add(file);
  }
}

export function detach(key: number): void {
  stops.get(key)?.abort();
  stops.delete(key);
  adding.value = adding.value.filter((one) => one.key !== key);
}

export function detachAll(): void {
  for (const one of adding.value) detach(one.key);
}

async function add(file: File): Promise<void> {
  lastKey += 1;
  const key = lastKey;
  const stop = new AbortController();
  stops.set(key, stop);
  adding.value = [
    ...adding.value,
    { key, name: file.name, documentId: null, share: 0, ready: false, problem: null },
  ];
  try {
    const sent = (share: number) => change(key, { share: share / 2 });
    const document = await upload({ file, to: { scope: 'mine' }, signal: stop.signal, sent });
    change(key, { documentId: document.id });
    for await (const now of followReading(document, stop.signal)) {
      const problem = now.status === 'failed' ? whyUnread(now) : null;
      change(key, { share: 0.5 + now.progress / 2, ready: now.status === 'ready', problem });
    }
  } catch (cause) {
    const problem = asProblem(cause);
    change(key, { problem: sentence(problem) });
    showProblem(problem);
  }
}

function change(key: number, how: Partial<Adding>): void {
  adding.value = adding.value.map((one) => (one.key === key ? { ...one, ...how } : one));
}
