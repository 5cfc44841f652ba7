/** Installing the page as an app, where the browser offers it; and the service worker that makes it open at once. */
import { computed, signal } from '@preact/signals';

interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

const offer = signal<InstallOffer | null>(null);
export const installable = computed(() => offer.value !== null);

export function listenForInstall(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    if ('prompt' in event) offer.value = event as InstallOffer;
  });
  // A worker needs a secure context: HTTPS, or the machine itself.
  if ('serviceWorker' in navigator && window.isSecureContext) {
    // Without it the page works all the same, only not before the device answers.
    navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  }
}

export function askToInstall(): void {
  void offer.value?.prompt();
  offer.value = null;
}
