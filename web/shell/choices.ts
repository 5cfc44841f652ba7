/** What this browser remembers of its reader: language, appearance, sidebar. */
import { effect, signal } from '@preact/signals';
import { language, languages, preferred } from '../i18n/speech.ts';
import { keep, kept } from './kept.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const theme = signal<Theme>('system');
export const sidebarShown = signal(true);
/** On a phone the sidebar is a drawer, and closed until asked for. */
export const drawerOpen = signal(false);
const phone = matchMedia('(max-width: 760px)');

export function recallChoices(): void {
  const spoken = kept('language');
  language.value = languages.find((one) => one === spoken) ?? preferred(navigator.languages);
  const look = kept('theme');
  theme.value = themes.find((one) => one === look) ?? 'system';
  sidebarShown.value = kept('sidebar') !== 'hidden';
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
  });
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
  });
}

export function chooseLanguage(chosen: (typeof languages)[number]): void {
  language.value = chosen;
  keep('language', chosen);
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  keep('theme', chosen === 'system' ? null : chosen);
}

export function toggleSidebar(): void {
  if (phone.matches) {
    drawerOpen.value = !drawerOpen.value;
    return;
  }
  sidebarShown.value = !sidebarShown.value;
  keep('sidebar', sidebarShown.value ? null : 'hidden');
}
