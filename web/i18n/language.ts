/** The chat page's words, in the language that is spoken. */
import { type Catalogue, en, type Key } from './en.ts';
import { type Fill, fillIn, type Language, language, locale, speak } from './speech.ts';
import { zh } from './zh.ts';

export { type Fill, fillIn, type Language, language, languages, locale, preferred } from './speech.ts';

const catalogues: Record<Language, Catalogue> = { en, zh };
speak(catalogues);

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
