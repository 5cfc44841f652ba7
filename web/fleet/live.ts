/** What changes, as the controller tells it; and whether it is there at all: what the page shows is only as good as that. */

import { signal } from '@preact/signals';
import type { Change } from '@rockpool/protocol/fleet/api';
import { Problem } from '../wire/problem.ts';
import { readMe } from './wire.ts';

export type Link = { state: 'connecting' | 'live' } | { state: 'lost'; since: number };
export const link = signal<Link>({ state: 'connecting' });

/** Told of every change; null when any may have been missed. */
type Listener = (change: Change | null) => void;
const listeners = new Set<Listener>();

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const askEveryMs = 10_000;
/** Longer than this without a word, and it is asked whether it is there. */
const quietMs = 20_000;
const reopenMs = 3_000;

let events: EventSource | null = null;
let watch: ReturnType<typeof setInterval> | undefined;
let reopening: ReturnType<typeof setTimeout> | undefined;
let heardAt = 0;

export function startLive(): void {
  if (watch !== undefined) return;
  heardAt = Date.now();
  open();
  watch = setInterval(() => {
    if (link.value.state === 'lost' || Date.now() - heardAt > quietMs) void look();
  }, askEveryMs);
}

export function stopLive(): void {
  clearInterval(watch);
  clearTimeout(reopening);
  watch = undefined;
  events?.close();
  events = null;
  link.value = { state: 'connecting' };
}

/** Any answer is a sign of life. */
export function heard(): void {
  heardAt = Date.now();
  if (link.value.state !== 'lost') return;
  link.value = { state: 'connecting' };
  open();
  for (const tell of listeners) tell(null);
}

/** A request failed: if nobody answered, then what is shown is old from now on. */
export function missed(problem: Problem): void {
  const isAway = problem.code === 'unreachable' || (problem.code === 'garbled' && problem.status === 0);
  if (isAway && watch !== undefined && link.value.state !== 'lost')
    link.value = { state: 'lost', since: heardAt };
}

/** Asks whether it is there; both answers change what the page says. */
export async function look(): Promise<void> {
  try {
    await readMe();
    heard();
  } catch (cause) {
    if (cause instanceof Problem) missed(cause);
    else throw cause;
  }
}

function open(): void {
  events?.close();
  clearTimeout(reopening);
  const source = new EventSource('/api/live');
  events = source;
  let wasOpen = false;
  source.onopen = () => {
    heard();
    link.value = { state: 'live' };
    // It came back by itself: what changed in between was told to nobody.
    if (wasOpen) for (const tell of listeners) tell(null);
    wasOpen = true;
  };
  source.addEventListener('change', (event) => {
    heard();
    const change: Change = JSON.parse(event.data);
    for (const tell of listeners) tell(change);
  });
  source.onerror = () => {
    if (events !== source) return;
    if (link.value.state === 'live') link.value = { state: 'connecting' };
    void look();
    // A browser gives up on an answer that is no stream, such as a proxy's.
    if (source.readyState === EventSource.CLOSED) reopening = setTimeout(reopen, reopenMs);
  };
}

function reopen(): void {
  if (watch !== undefined && events?.readyState === EventSource.CLOSED) open();
}
