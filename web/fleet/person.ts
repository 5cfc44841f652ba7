/** Who sits here, and which controller this is. */

import { computed, signal } from '@preact/signals';
import type { Me } from '@rockpool/protocol/fleet/api';
import { asProblem, type Problem } from '../wire/problem.ts';
import { startLive, stopLive } from './live.ts';
import { logOut, readMe } from './wire.ts';

export const known = signal<Me | null>(null);
export const meetingProblem = signal<Problem | null>(null);

export const operator = computed(() => known.value?.operator ?? null);
export const canOperate = computed(() => operator.value !== null && operator.value.role !== 'viewer');
export const isAdmin = computed(() => operator.value?.role === 'admin');

export async function meet(): Promise<void> {
  try {
    known.value = await readMe();
    meetingProblem.value = null;
    if (known.value.operator) startLive();
  } catch (cause) {
    meetingProblem.value = asProblem(cause);
  }
}

/** The session ended, here or there. */
export function forget(): void {
  stopLive();
  if (known.value) known.value = { ...known.value, operator: null };
}

export async function leave(): Promise<void> {
  await logOut();
  forget();
}
