/** Since and until when a statement holds, as far as it says so: "from Monday …", "… until 3 March", 从下周一起…. */
import { chineseDay, englishDay, type Span, spanOf } from './calendar.ts';

export interface Validity {
  /** Milliseconds since 1970; null: it doesn't say. */
  validFrom: number | null;
  validUntil: number | null;
}

const now = '(?:immediately|now(?: on(?:wards?)?)?|here on|now onwards?)';
const startWord =
  '(?:(?:starting|beginning)(?: from| on| with| in)?|as (?:of|from)|effective(?: from| as of| in)?|with effect from|from)';
/** What comes of a weekday after "to" comes every week: "open from Monday to Friday". */
const notARange = '(?!\\s*(?:to|till|until|through|and|-|–)\\s)';

const englishStart = new RegExp(
  `\\b${startWord}\\s+(?:(?<now>${now}|today)|(?:on )?(?<day>${englishDay})(?!\\w)${notARange})(?:\\s+on(?:wards?)?\\b|\\s+forward)?`,
  'iu',
);
const englishSince = new RegExp(`\\bsince\\s+(?:last )?(?<day>${englishDay})\\b`, 'iu');
/** Of two dates of the calendar; two weekdays are opening hours. */
const englishPeriod = new RegExp(
  `\\bfrom\\s+(?<day>${englishDay})\\s*(?:to|till|until|through|-|–)\\s*(?:and including )?(?<until>${englishDay})(?!\\w)`,
  'iu',
);
const englishEnd = new RegExp(
  `(?<!\\b(?:mon|tues|wednes|thurs|fri|satur|sun)days? )\\b(?:until|till|through|up to)\\s+(?:and including |at least )?(?<until>${englishDay})(?!\\w)`,
  'iu',
);
const englishLasting =
  /\bfor the (?:next|coming) (?<n>\d{1,2}|two|three|four|five|six|few)? ?(?<unit>days?|weeks?|months?)\b/iu;
/** What is true of today is false tomorrow; what happened today stays so. */
const englishPassing =
  /\b(?:(?:am|is|are|will|have|has)\b|['’](?:m|s|re|ll)\b|n['’]t\b).*\b(?<day>today|tonight|tomorrow|this (?:week|morning|afternoon|evening|month)|next week|the day after tomorrow)\b/iu;
const happened =
  /\b(?:was|were|did|changed|moved|parked|put|left|bought|ordered|sent|met|got|joined|started|born)\b/iu;

const chineseStart = new RegExp(
  `(?:(?:从|從|自)(?<day>${chineseDay})(?!到|至|－|-|—)(?:起|开始|開始|以后|往后|之后)?|(?<bare>${chineseDay})(?:起|开始|開始)|(?<now>(?:从|從|自)?(?:现在|現在|今天|今日|即日|此刻|今)(?:起|开始|開始|以后|往后|之后)|今后|今後|往后|以后(?=[,，]|都|就)))`,
  'u',
);
/** "Extended until March" tells an end, and stays true after it; "moved to Friday" tells no end at all. */
const endIsTold =
  /\b(?:extended|prolonged|renewed|runs?|ran|lasts?|valid|postponed|put off|delayed|expires?|ends?|due)\b[^,;]{0,20}$/iu;
const chineseEndIsTold =
  /(?:延长|延期|续签|续|推迟|提前|顺延|改|搬|调|挪|换|移|合同|协议|租约|有效期?|保修期?)$/u;

const chineseEnd = new RegExp(
  `(?<![周期拜][一二三四五六日天])(?:直到|一直到|到|至|截至|截止到?)(?<until>${chineseDay})(?!到|至)`,
  'u',
);
const chinesePeriod =
  /(?:从|自)?(?<day>\d{1,2}月\d{1,2}[日号])(?:到|至|－|-|—)(?<until>\d{1,2}月\d{1,2}[日号])/u;
const chinesePassing =
  /(?<day>今天|今晚|今日|明天|明日|后天|这周|本周|下周(?![一二三四五六日天])|这个?星期(?![一二三四五六日天]))/u;
const chineseHappened = /(?:了|过)[。.!！]*$|改|换|搬|停在|停到|放在/u;

/** @param at when it was said */
export function validityOf(text: string, at: number): Validity {
  return /\p{Script=Han}/u.test(text) ? chineseValidity(text, at) : englishValidity(text, at);
}

/** Without saying since when, so that the rest can be read: "Starting Monday, the code is 5". */
export function withoutStart(text: string): string {
  const start = /\p{Script=Han}/u.test(text) ? chineseStart : englishStart;
  const found = start.exec(text);
  if (!found) return text;
  const before = text.slice(0, found.index).trimEnd();
  const after = text.slice(found.index + found[0].length).replace(/^[\s,，:：]+/u, '');
  if (before === '') return after;
  return /^[.!?。！？]*$/u.test(after) ? before + after : text;
}

/** It begins with since when it holds. */
export function beginsWithStart(text: string): boolean {
  const found = (/\p{Script=Han}/u.test(text) ? chineseStart : englishStart).exec(text);
  return found?.index === 0;
}

function englishValidity(text: string, at: number): Validity {
  const period = englishPeriod.exec(text)?.groups;
  if (period && isDated(period['day']) && isDated(period['until']))
    return spanned(spanOf(period['day'] ?? '', at, 'ahead'), spanOf(period['until'] ?? '', at, 'ahead'));
  const start = englishStart.exec(text)?.groups;
  const since = englishSince.exec(text)?.groups;
  const validFrom = start?.['now']
    ? at
    : (named(start?.['day'], at, 'ahead')?.from ?? named(since?.['day'], at, 'behind')?.from ?? null);
  const until = named(endOf(text, englishEnd, endIsTold), at, 'ahead')?.to ?? lasting(text, at) ?? null;
  const passing =
    until === null && validFrom === null && !happened.test(text) ? englishPassing.exec(text) : null;
  return ordered(validFrom, until ?? named(passing?.groups?.['day'], at, 'ahead')?.to ?? null);
}

function chineseValidity(text: string, at: number): Validity {
  const period = chinesePeriod.exec(text)?.groups;
  if (period)
    return spanned(spanOf(period['day'] ?? '', at, 'ahead'), spanOf(period['until'] ?? '', at, 'ahead'));
  const start = chineseStart.exec(text)?.groups;
  const validFrom = start?.['now']
    ? at
    : (named(start?.['day'] ?? start?.['bare'], at, 'ahead')?.from ?? null);
  const until = named(endOf(text, chineseEnd, chineseEndIsTold), at, 'ahead')?.to ?? null;
  const passing =
    until === null && validFrom === null && !chineseHappened.test(text) ? chinesePassing.exec(text) : null;
  return ordered(validFrom, until ?? named(passing?.groups?.['day'], at, 'ahead')?.to ?? null);
}

/** The day until which the statement holds; undefined where it is what the statement says. */
function endOf(text: string, form: RegExp, told: RegExp): string | undefined {
  const found = form.exec(text);
  return found && !told.test(text.slice(0, found.index)) ? found.groups?.['until'] : undefined;
}

const named = (day: string | undefined, at: number, direction: 'ahead' | 'behind'): Span | undefined =>
  day === undefined ? undefined : spanOf(day, at, direction);

/** A day of the calendar rather than of every week. */
const isDated = (day = ''): boolean => !/day/iu.test(day);

function lasting(text: string, at: number): number | undefined {
  const groups = englishLasting.exec(text)?.groups;
  if (!groups) return undefined;
  const said = groups['n']?.toLowerCase() ?? 'one';
  const n = { one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, few: 5 }[said] ?? Number(said);
  const end = new Date(at);
  const unit = groups['unit'] ?? '';
  if (/^month/iu.test(unit)) end.setMonth(end.getMonth() + n);
  else end.setDate(end.getDate() + n * (/^week/iu.test(unit) ? 7 : 1));
  return end.getTime();
}

const spanned = (from: Span | undefined, until: Span | undefined): Validity =>
  ordered(from?.from ?? null, until?.to ?? null);

/** An end before its beginning was misread: then nothing was said. */
function ordered(validFrom: number | null, validUntil: number | null): Validity {
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom)
    return { validFrom: null, validUntil: null };
  return { validFrom, validUntil };
}
