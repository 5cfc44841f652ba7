/** The dashboard's words, in the language that is spoken. */
import { type Fill, fillIn, type Language, language, locale, speak } from '../../i18n/speech.ts';
import { alertsEn } from './alerts-en.ts';
import { alertsZh } from './alerts-zh.ts';
import { type Catalogue, en, type Key } from './en.ts';
import { zh } from './zh.ts';

export { type Fill, language, languages, locale } from '../../i18n/speech.ts';
export type { Key };

const catalogues: Record<Language, Catalogue> = { en, zh };
const alerts: Record<Language, Readonly<Record<string, AlertWords>>> = { en: alertsEn, zh: alertsZh };
speak(catalogues);

export interface AlertWords {
  title: string;
  /** What to do. */
  cure: string;
}

export function say(key: Key, fill: Fill = {}): string {
  return fillIn(catalogues[language.value][key], fill);
}

/** Keys that come in `.one` and `.other`. */
type Counted = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

export function count(stem: Counted, n: number, fill: Fill = {}): string {
  const form = new Intl.PluralRules(locale()).select(n) === 'one' ? 'one' : 'other';
  return say(`${stem}.${form}`, { n: new Intl.NumberFormat(locale()).format(n), ...fill });
}

export const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** A code that is newer than this page is shown as it is. */
export function alertWords(code: string): AlertWords {
  const known = alerts[language.value];
  return (Object.hasOwn(known, code) ? known[code] : undefined) ?? { title: code, cure: '' };
}
