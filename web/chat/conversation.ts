/** The open session: what is said goes out, what comes back is folded into the transcript, one change a frame of the screen. */

import { computed, signal } from '@preact/signals';
import type { Frame } from '@rockpool/protocol/chat';
import { count, t } from '../i18n/language.ts';
import { announce } from '../parts/announce.ts';
import { showProblem } from '../parts/toast.tsx';
import { placeSession, refreshSessions } from '../shell/sessions.ts';
import { asProblem, garbled, type Problem } from '../wire/problem.ts';
import { changeSession, createSession, openSession } from '../wire/sessions.ts';
import { type Saying, turn } from '../wire/turn.ts';
import * as page from './transcript.ts';

export const transcript = signal(page.blank);
/** Why the session could not be opened. */
export const openProblem = signal<Problem | null>(null);
/** Why the last message was not taken; it is still in the composer. */
export const sendProblem = signal<Problem | null>(null);
export const answering = computed(() => transcript.value.live !== null);

let waiting = ''; // text that arrived since the last frame of the screen
let flushing = 0;
let stopNow = new AbortController();
let shown: string | null = null; // the session on the page
let empty: string | null = null; // one that was made for a first message which was not taken

/** Shows a session, or a blank page for null. An answer under way is left: the device stops when nobody reads. */
export async function show(id: string | null): Promise<void> {
  if (id !== null && id === transcript.value.session?.id) return;
  stopNow.abort();
  stopNow = new AbortController();
  waiting = '';
  shown = id;
  transcript.value = page.blank;
  sendProblem.value = null;
  openProblem.value = null;
  if (id !== null) await reload();
}

export async function reload(): Promise<void> {
  const id = shown;
  if (id === null) return;
  try {
    const opened = page.opened(await openSession(id));
    if (shown === id && !answering.value) transcript.value = opened;
    openProblem.value = null;
  } catch (cause) {
    if (shown === id) openProblem.value = asProblem(cause);
  }
}

export interface Say {
  saying: Saying;
  /** Called once the device has the message: only now may the composer forget it. */
  taken(sessionId: string): void;
}

export async function say({ saying, taken }: Say): Promise<void> {
  if (answering.value) return;
  const stopping = new AbortController();
  stopNow = stopping;
  sendProblem.value = null;
  const before = transcript.value;
  transcript.value = page.begun(before);
  let accepted = false;
  let problem: Problem | null = null;
  try {
    const id = shown ?? (await emptySession());
    for await (const frame of turn(id, saying, stopping.signal)) {
      if (stopNow !== stopping) return; // the page shows another session by now
      tellUpdating(frame);
      take(frame);
      if (frame.type !== 'accepted') continue;
      accepted = true;
      empty = null;
      shown = id;
      announce(t('said.started'));
      taken(id);
    }
  } catch (cause) {
    problem = asProblem(cause);
  }
  if (stopNow !== stopping) return;
  flush();
  if (accepted) close(stopping.signal.aborted, problem);
  else {
    transcript.value = before;
    if (!stopping.signal.aborted) sendProblem.value = problem ?? garbled('an empty answer');
  }
}

/** A first message that was not taken is sent again to the same session, instead of leaving empty ones behind. */
async function emptySession(): Promise<string> {
  empty ??= (await createSession()).id;
  return empty;
}

export function stop(): void {
  stopNow.abort();
}

/** After the last frame, or without one. */
function close(wasStopped: boolean, problem: Problem | null): void {
  if (answering.value) transcript.value = (wasStopped ? page.stopped : page.dropped)(transcript.value);
  if (wasStopped) void askForOwnCopy(shown);
  else if (problem?.code === 'garbled') showProblem(problem);
  announce(t(wasStopped ? 'said.stopped' : transcript.value.ending ? 'said.failed' : 'said.finished'));
}

/** Told once, and not at every step of the line: it explains why nothing happens for a while. */
function tellUpdating(frame: Frame): void {
  if (frame.type === 'queued' && frame.updating && transcript.value.live?.doing.what !== 'updating')
    announce(count('doing.updating', frame.place));
}

/** Deltas wait for the next frame of the screen: a fast model does not redraw more often than anyone can see. */
function take(frame: Frame): void {
  if (frame.type === 'delta') {
    waiting += frame.text;
    flushing ||= requestAnimationFrame(flush);
    return;
  }
  flush();
  transcript.value = page.follow(transcript.value, frame);
  if ('session' in frame) placeSession(frame.session);
}

function flush(): void {
  cancelAnimationFrame(flushing);
  flushing = 0;
  if (!waiting) return;
  transcript.value = page.follow(transcript.value, { type: 'delta', text: waiting });
  waiting = '';
}

/** A stopped answer is stored a moment after the stream ends; until then the device tells it as pending. */
async function askForOwnCopy(id: string | null): Promise<void> {
  for (const waitMs of [150, 400, 1_000, 2_000]) {
    await new Promise((resolve) => window.setTimeout(resolve, waitMs));
    if (id === null || shown !== id || answering.value) return;
    const opened = await openSession(id).catch(() => null); // the local copy is on the page; the next visit asks again
    const last = opened?.messages.at(-1);
    if (!opened || !last || last.outcome === 'pending' || last.from === 'person') continue;
    if (shown === id && !answering.value) transcript.value = page.opened(opened);
    return refreshSessions();
  }
}

/** Shows the branch that another version of a message is on. */
export async function turnTo(messageId: number): Promise<void> {
  const { session } = transcript.value;
  if (!session || answering.value) return;
  try {
    await changeSession(session.id, { leaf: messageId });
    await reload();
  } catch (cause) {
    showProblem(asProblem(cause));
  }
}
