/** Which language the page speaks, and the words, numbers and times in it. */
import { signal } from '@preact/signals';
import { type Catalogue, en, type Key } from './en.ts';
import { zh } from './zh.ts';

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const catalogues: Record<Language, Catalogue> = { en, zh };
const locales: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };

export const language = signal<Language>('en');

export type Fill = Record<string, string | number>;

export function t(key: Key, fill: Fill = {}): string {
  return fillIn(catalogues[language.value][key], fill);
}

/** Keys that come in `.one` and `.other`. */
export type Counted = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

export function count(stem: Counted, n: number): string {
  const form = new Intl.PluralRules(locale()).select(n) === 'one' ? 'one' : 'other';
  return t(`${stem}.${form}`, { n: new Intl.NumberFormat(locale()).format(n) });
}

export function has(key: string): key is Key {
  return Object.hasOwn(en, key);
}

export function fillIn(text: string, fill: Fill): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}

export const locale = (): string => locales[language.value];

/** The first of the browser's languages that we speak; Chinese of any script reads our Chinese best. */
export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const match = languages.find((one) => tag.toLowerCase().split('-')[0] === one);
    if (match) return match;
  }
  return 'en';
}
