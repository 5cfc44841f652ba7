/** What the screen is like: narrow as a phone, dark as the night. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { theme } from './choices.ts';

function watched(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  return matches;
}

export const narrow = watched('(max-width: 760px)');
/** Too narrow for a conversation and its source side by side. */
export const snug = watched('(max-width: 1100px)');
const systemDark = watched('(prefers-color-scheme: dark)');

export const looksDark = computed(() =>
  theme.value === 'system' ? systemDark.value : theme.value === 'dark',
);
