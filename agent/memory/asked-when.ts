/** When that was said which a question asks for, where it says so for certain: "What did Anna tell me last week?" */
import { chinesePast, englishPast, pastSpan } from './calendar.ts';

export interface AskedWhen {
  since: number;
  until: number;
  /** The question without its day. */
  asked: string;
  /** It asks for nothing in particular: whatever was said then. */
  everything: boolean;
}

/** "What did Anna say happened last week?" tells no day of saying: nothing but "about …" may stand between. */
const english = new RegExp(
  `^(?<asked>(?:so )?what (?:all )?(?:did|have) (?<who>\\S+(?: \\S+)?) (?:tell|told|say|said|mention|mentioned|report|reported)` +
    `(?: to)?(?: (?:me|us|you))?(?<about> about .+?| regarding .+?)?),? (?<when>${englishPast})\\s*[?.!]*$`,
  'iu',
);
const chinese = new RegExp(
  `^(?<before>.{0,8}?)(?<when>${chinesePast})(?<after>.{0,8}?(?:说|告诉|提)(?:了|过|到|起)*(?:我|你|我们)?(?:些)?(?<about>关于.+?的)?(?:什么|哪些|啥)(?:事情?)?)\\s*[?？。!！]*$`,
  'u',
);
const pronoun = /^(?:i|we|you|我|我们|你)?$/iu;

export function askedWhen(question: string, at: number): AskedWhen | undefined {
  const said = question.normalize('NFKC').trim();
  const found = english.exec(said)?.groups;
  if (found) {
    const everything = pronoun.test(found['who'] ?? '') && found['about'] === undefined;
    return spanned(found['when'], at, found['asked'] ?? '', everything);
  }
  const inChinese = chinese.exec(said)?.groups;
  if (!inChinese) return undefined;
  const { before = '', after = '', about } = inChinese;
  const who = `${before}${after.replace(/(?:说|告诉|提).*$/u, '').replace(/(?:跟|和|对|向)(?:你|我|我们)$/u, '')}`;
  return spanned(inChinese['when'], at, `${before}${after}`, pronoun.test(who) && about === undefined);
}

function spanned(when = '', at: number, asked: string, everything: boolean): AskedWhen | undefined {
  const span = pastSpan(when, at);
  return span && { since: span.from, until: span.to, asked, everything };
}
