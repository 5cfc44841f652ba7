/** Where the page is, and going elsewhere without loading it again. */
import { computed, signal } from '@preact/signals';
import { loginPath, routeOf } from '../routes.ts';

const address = signal('/');
export const route = computed(() => routeOf(address.value));

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to !== here()) history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to);
  address.value = to;
}

/** Signing in leads back to where one was. */
export function toLogin(): void {
  if (route.value.page !== 'login') navigate(loginPath(here()), 'replace');
}

export function listenToAddress(): void {
  address.value = here();
  window.addEventListener('popstate', () => {
    address.value = here();
  });
  document.addEventListener('click', follow);
}

const here = () => location.pathname + location.search + location.hash;

/** Plain clicks on our own links change the page in place; everything else is the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (/^\/(?:api|v1)\//.test(link.pathname)) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}
