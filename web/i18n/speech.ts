/** Which language is spoken, and the few words that parts say themselves: the page they stand on gives them, so that none loads another's. */
import { signal } from '@preact/signals';

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const locales: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };

export const language = signal<Language>('en');
export const locale = (): string => locales[language.value];

export type Fill = Record<string, string | number>;
type PartKey =
  | 'act.cancel'
  | 'act.close'
  | 'act.dismiss'
  | 'act.loading'
  | 'act.retry'
  | 'act.undo'
  | 'door.hide'
  | 'door.show'
  | 'door.waitS'
  | 'message.copied'
  | 'message.copyFailed'
  | 'time.now';
/** Besides these, `error.CODE` for each refusal that the page has words for. */
export type PageWords = Readonly<Record<PartKey, string>>;

let spoken: Record<Language, PageWords> | null = null;

/** Once, before anything is drawn. */
export function speak(words: Record<Language, PageWords>): void {
  spoken = words;
}

function wordsOf(key: string): string | null {
  if (!spoken) throw new Error('no page has said which words it speaks');
  const words = spoken[language.value];
  return Object.hasOwn(words, key) ? words[key as PartKey] : null;
}

export function t(key: PartKey, fill: Fill = {}): string {
  return fillIn(wordsOf(key) ?? key, fill);
}

/** Our own words for a refusal; null where the page has none. */
export function refusalWords(code: string, fill: Fill): string | null {
  const words = wordsOf(`error.${code}`);
  return words === null ? null : fillIn(words, fill);
}

export function fillIn(text: string, fill: Fill): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}

/** The first of the browser's languages that we speak; Chinese of any script reads our Chinese best. */
export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const match = languages.find((one) => tag.toLowerCase().split('-')[0] === one);
    if (match) return match;
  }
  return 'en';
}
