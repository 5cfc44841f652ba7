/** Who is signed in, on which device. */

import { computed, signal } from '@preact/signals';
import type { DeviceStatus } from '@rockpool/protocol/device';
import type { Person } from '@rockpool/protocol/people';
import { showProblem } from '../parts/toast.tsx';
import { whenSignedOut } from '../wire/http.ts';
import { logOut, readStatus } from '../wire/people.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { navigate, route, toLogin } from './navigation.ts';

export const device = signal<DeviceStatus | null>(null);
export const deviceProblem = signal<Problem | null>(null);
export const me = computed<Person | null>(() => device.value?.signedIn ?? null);
export const isAdmin = computed(() => me.value?.role === 'admin');

export async function meetDevice(): Promise<void> {
  try {
    device.value = await readStatus();
    deviceProblem.value = null;
  } catch (cause) {
    deviceProblem.value = asProblem(cause);
  }
}

/** The model's name is told to people who are signed in only, so the status is read again. */
export async function entered(person: Person, to: string): Promise<void> {
  if (device.value) device.value = { ...device.value, needsSetup: false, signedIn: person };
  navigate(to, 'replace');
  await meetDevice();
}

export async function leave(): Promise<void> {
  try {
    await logOut();
    // A fresh page: nothing that was said stays in this one's memory.
    location.assign('/login');
  } catch (cause) {
    showProblem(asProblem(cause));
  }
}

whenSignedOut(() => {
  if (device.value?.signedIn) device.value = { ...device.value, signedIn: null };
  const open = ['login', 'join', 'setup'];
  if (!open.includes(route.value.page)) toLogin();
});
