/** Which of the device's two languages a person wrote in, and the few sentences that it says itself in each. */
import type { Fact } from '@rockpool/protocol/memory';

export type Language = 'en' | 'zh';

export const isCjk = (text: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u.test(
    text,
  );

/** Chinese when any of it is: an English sentence rarely holds a Chinese word, the reverse is daily life. */
export const languageOf = (text: string): Language => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en');

/** What a message was understood to say that does not say it in so many words. */
export function notedSentence(facts: readonly Fact[], language: Language): string {
  const texts = facts.map(({ text }) => text);
  return language === 'zh' ? `记住了:${texts.join('')}` : `Noted: ${texts.join(' ')}`;
}

/** What is answered to "forget …": by the device, because only it knows what was really forgotten. */
export function forgottenSentence(facts: readonly Fact[], language: Language): string {
  const texts = facts.map(({ text }) => text);
  if (language === 'zh') {
    return texts.length > 0 ? `已忘记:${texts.join(';')}` : '我的记忆里没有找到这样的内容。';
  }
  return texts.length > 0 ? `Forgotten: ${texts.join('; ')}` : 'I found nothing like that in your memory.';
}

/** Why nothing was remembered or forgotten, though the message asked for it. */
export const notHeededSentence = (why: keyof typeof notHeeded, language: Language): string =>
  notHeeded[why][language];

const notHeeded = {
  'memory-away': {
    en: 'I could not do that: memory is damaged and was put aside. Tell your administrator; it can be brought back.',
    zh: '没能做到:记忆库已损坏并被移到一旁。请告诉管理员,可以恢复。',
  },
  'quota-reached': {
    en: 'I could not remember that: your memory is full. Forget something that is no longer needed, or ask an administrator for more room.',
    zh: '没能记住:你的记忆已满。请忘记一些不再需要的内容,或请管理员增加空间。',
  },
  'storage-full': {
    en: 'I could not do that: the disk of the device is full. Tell your administrator.',
    zh: '没能做到:设备的磁盘已满。请告诉管理员。',
  },
} as const;
