/** Where the page is, and going elsewhere without loading it again. */
import { computed, signal } from '@preact/signals';
import { routeOf } from './routes.ts';

const hash = signal('');
export const route = computed(() => routeOf(hash.value));

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to !== location.hash) history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to);
  hash.value = to;
}

export function listenToAddress(): void {
  hash.value = location.hash;
  // A click on one of our links, and the way back, both end here.
  window.addEventListener('popstate', () => {
    hash.value = location.hash;
  });
}
