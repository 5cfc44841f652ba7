/** Which language these pages speak, and their words in it. A catalogue of their own: the chat page's is not loaded here. */
import { signal } from '@preact/signals';
import { keep, kept } from '../../shell/kept.ts';
import { type Catalogue, en, type Key } from './en.ts';
import { zh } from './zh.ts';

export type { Key };

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const catalogues: Record<Language, Catalogue> = { en, zh };
const locales: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };

export const language = signal<Language>('en');
export const ownName = (of: Language): string => catalogues[of]['language.name'];
export const locale = (): string => locales[language.value];

export type Fill = Record<string, string | number>;

export function say(key: Key, fill: Fill = {}): string {
  return catalogues[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(fill[name] ?? whole),
  );
}

export const isKey = (key: string): key is Key => Object.hasOwn(en, key);

export function span(seconds: number): string {
  const unit = seconds < 90 ? 'second' : 'minute';
  const value = Math.max(1, Math.ceil(unit === 'second' ? seconds : seconds / 60));
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** As chosen before on this address, the chat page's choice too; else the first of the browser's that we speak. */
export function recallLanguage(): void {
  const chosen = languages.find((one) => one === kept('language'));
  const spoken = navigator.languages.map((tag) => tag.toLowerCase().split('-')[0]);
  show(
    chosen ??
      languages.find((one) => one === spoken.find((tag) => languages.some((known) => known === tag))) ??
      'en',
  );
}

export function chooseLanguage(chosen: Language): void {
  keep('language', chosen);
  show(chosen);
}

function show(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen === 'zh' ? 'zh-Hans' : 'en';
}
