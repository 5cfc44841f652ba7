/** What this page knows of its device, and how it stays true: before the code by asking, after it by listening. */
import { batch, computed, signal } from '@preact/signals';
import type { SetupProgress, SetupState } from '@rockpool/protocol/setup';
import { whenSignedOut } from '../wire/http.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { codeInHash } from './code-format.ts';
import { type Listening, listen, readProgress, readState } from './wire.ts';

/** What anybody may know. */
export const state = signal<SetupState | null>(null);
/** What the code's holder sees; null before. */
export const progress = signal<SetupProgress | null>(null);
/** Why the device can't be asked right now. */
export const lost = signal<Problem | null>(null);
/** Why the code is asked for again. */
export const signedOut = signal(false);
/** Whoever sets up twenty in an afternoon wants to see which one this is. */
export const nameShown = computed(() => progress.value?.name ?? state.value?.name ?? '');
/** The recovery key was right; what comes next needs nobody. */
export const unlocked = signal(false);
/** For the link to the first account; a tab's own, and gone with it. */
export const code = signal('');

const askAgainMs = 2_000;
const codeKept = 'rockpool.setup-code';
let listening: Listening | null = null;

export function begin(): void {
  code.value = codeInHash(location.hash) || (sessionStorage.getItem(codeKept) ?? '');
  // Not left in the address: the next person at this browser would find it there.
  if (location.hash) history.replaceState(null, '', location.pathname);
  whenSignedOut(() => {
    listening?.close();
    listening = null;
    batch(() => {
      signedOut.value = progress.value !== null;
      progress.value = null;
    });
  });
  void meet();
}

/** Once the code was right. */
export function enter(now: SetupProgress, by: string): void {
  sessionStorage.setItem(codeKept, by);
  batch(() => {
    code.value = by;
    signedOut.value = false;
    hear(now);
  });
  listening ??= listen(hear, () => void check());
}

function hear(now: SetupProgress): void {
  batch(() => {
    lost.value = null;
    progress.value = now;
  });
}

/** Asks until the device answers, and then for as long as nobody has given the code here. */
async function meet(): Promise<void> {
  try {
    const now = await readState();
    const isFirst = state.value === null;
    batch(() => {
      state.value = now;
      lost.value = null;
    });
    if (isFirst && now.phase !== 'locked') await comeBack();
  } catch (cause) {
    lost.value = asProblem(cause);
  }
  // With the code, what happens is heard; asking only tells that the device is still there.
  const pauseMs = progress.value ? askAgainMs * 5 : state.value?.waitS ? askAgainMs / 2 : askAgainMs;
  window.setTimeout(() => void meet(), pauseMs);
}

/** A refusal that says how long to wait holds from now on, not from the next time the device is asked. */
export async function noteWait(deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch (cause) {
    const waitS = asProblem(cause).retryAfterS;
    if (waitS && state.value) state.value = { ...state.value, waitS };
    throw cause;
  }
}

/** The page was loaded again: the cookie may still be good. */
async function comeBack(): Promise<void> {
  const now = await readProgress().catch(() => null);
  if (now) enter(now, code.value);
}

/** The stream broke: the cookie ended, or the device is away. Which of them, its answer tells. */
async function check(): Promise<void> {
  try {
    hear(await readProgress());
  } catch (cause) {
    const problem = asProblem(cause);
    if (problem.code !== 'not-signed-in') lost.value = problem;
  }
}
