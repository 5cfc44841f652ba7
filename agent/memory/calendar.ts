/** Days as people name them, in English and Chinese: "next Monday", "1 March", 下周一, as a span of the calendar. */

/** From the first moment of it up to the first after it, in milliseconds; in the time of the device. */
export interface Span {
  from: number;
  to: number;
}

/** Where a name that comes round again is looked for: "starting Monday" is ahead, "since Monday" lies behind. */
export type Direction = 'ahead' | 'behind';

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = 'january february march april may june july august september october november december'.split(
  ' ',
);

const weekday = 'mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?';
const month =
  'january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec';
const ordinal = '\\d{1,2}(?:st|nd|rd|th)?';

/** The longest first: of alternatives a pattern takes the first that fits. */
export const englishDay = [
  '\\d{4}-\\d{2}-\\d{2}',
  '\\d{1,2}\\.\\d{1,2}\\.(?:\\d{4})?',
  `(?:the )?${ordinal}(?: of)? (?:${month})(?:,? \\d{4})?`,
  `(?:${month}) (?:the )?${ordinal}(?:,? \\d{4})?(?!\\d)`,
  `the ${ordinal}(?! floor)`,
  '(?:the )?(?:end|start|beginning) of (?:the |this |next )?(?:week|month|year)',
  `(?:the )?(?:end|start|beginning) of (?:${month})`,
  `(?:this |next |the following )?(?:${weekday})`,
  '(?:this|next) (?:week|month|year|morning|afternoon|evening)',
  `(?:next )?(?:${month})(?: \\d{4})?`,
  'the day after tomorrow',
  'today|tonight|tomorrow|yesterday',
].join('|');

const hanNumber = '[一二三四五六七八九十]{1,3}';
export const chineseDay = [
  '\\d{4}-\\d{2}-\\d{2}',
  `(?:\\d{4}年|今年|明年)?(?:\\d{1,2}|${hanNumber})月(?:(?:\\d{1,2}|${hanNumber})[日号號]|底|初)?`,
  '(?:下下|下|这|本|這)?个?(?:周|星期|礼拜|週)[一二三四五六日天]',
  '(?:下|这|本|這)个?(?:周|星期|礼拜|月)(?:底|初)?',
  '月底|年底|明年|今年|今天|今晚|明天|后天|昨天|今日|明日',
].join('|');

/** Undefined for what names no day. */
export function spanOf(named: string, at: number, direction: Direction): Span | undefined {
  const said = named.toLowerCase().trim();
  return /\p{Script=Han}/u.test(said)
    ? chineseSpan(said, at, direction)
    : (isoSpan(said) ?? englishSpan(said.replace(/^(?:the|this) (?=\d|end|start|beg)/u, ''), at, direction));
}

/** Days that can only lie behind: of these nobody has to guess what they are said of. */
export const englishPast = `yesterday|the day before yesterday|last (?:week|month|year|${weekday})`;
export const chinesePast = '昨天|昨日|前天|上个?(?:周|星期|礼拜)[一二三四五六日天]?|上个?月|去年';

export function pastSpan(named: string, at: number): Span | undefined {
  const said = named.toLowerCase().trim();
  const days = { yesterday: 1, 昨天: 1, 昨日: 1, 'the day before yesterday': 2, 前天: 2 }[said];
  if (days !== undefined) return daysFrom(at, -days);
  const [, inWeek] = /^上个?(?:周|星期|礼拜)([一二三四五六日天])$/u.exec(said) ?? [];
  const now = new Date(at);
  const [y, m, lastMonday] = [now.getFullYear(), now.getMonth(), mondayOf(now) - 7];
  if (inWeek) {
    const day = '一二三四五六日'.indexOf(inWeek.replace('天', '日'));
    return dayOf(y, m, lastMonday + day);
  }
  if (/^(?:last week|上个?(?:周|星期|礼拜))$/u.test(said))
    return between(y, m, lastMonday, y, m, lastMonday + 7);
  if (/^(?:last month|上个?月)$/u.test(said)) return between(y, m - 1, 1, y, m, 1);
  if (/^(?:last year|去年)$/u.test(said)) return between(y - 1, 0, 1, y, 0, 1);
  const day = weekdays.findIndex((name) => new RegExp(`^last ${name}s?$`).test(said));
  return day < 0 ? undefined : weekdayOf(day, at, 'behind');
}

function isoSpan(said: string): Span | undefined {
  const [, y, m, d] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(said) ?? [];
  return y && m && d ? dayOf(Number(y), Number(m) - 1, Number(d)) : undefined;
}

function englishSpan(said: string, at: number, direction: Direction): Span | undefined {
  const relative = { yesterday: -1, today: 0, tonight: 0, tomorrow: 1, 'the day after tomorrow': 2 }[said];
  if (relative !== undefined) return daysFrom(at, relative);
  if (/^this (?:morning|afternoon|evening)$/.test(said)) return daysFrom(at, 0);
  const edge = /^(end|start|beginning) of (?:the |this )?(.+)$/.exec(said);
  if (edge) {
    const whole = unitSpan(edge[2] ?? '', at) ?? englishSpan(edge[2] ?? '', at, direction);
    return whole && edgeOf(whole, edge[1] === 'end');
  }
  const unit = unitSpan(said.replace(/^this /, ''), at);
  if (unit) return unit;
  const day = weekdays.findIndex((name) =>
    new RegExp(`^(?:this |next |the following )?${name}s?$`).test(said),
  );
  if (day >= 0) return weekdayOf(day, at, direction);
  const [, dotted, dottedMonth, dottedYear] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(said) ?? [];
  if (dotted && dottedMonth) return dated(at, direction, Number(dottedMonth) - 1, Number(dotted), dottedYear);
  const [, only] = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(said) ?? [];
  if (only) return dayOfMonth(at, direction, Number(only));
  const [, before, name, after, year] =
    /^(?:next )?(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? )?([a-z]{3,9})(?: (?:the )?(\d{1,2})(?:st|nd|rd|th)?)?(?:,? (\d{4}))?$/.exec(
      said,
    ) ?? [];
  const which = months.findIndex((one) => name !== undefined && one.startsWith(name.slice(0, 3)));
  if (which < 0) return undefined;
  const number = before ?? after;
  return dated(at, direction, which, number === undefined ? undefined : Number(number), year);
}

/** A week begins on Monday. */
function unitSpan(said: string, at: number): Span | undefined {
  const match = /^(next )?(week|month|year)$/.exec(said);
  if (!match) return undefined;
  const step = match[1] ? 1 : 0;
  const now = new Date(at);
  const [y, m] = [now.getFullYear(), now.getMonth()];
  if (match[2] === 'year') return between(y + step, 0, 1, y + step + 1, 0, 1);
  if (match[2] === 'month') return between(y, m + step, 1, y, m + step + 1, 1);
  const monday = mondayOf(now) + 7 * step;
  return between(y, m, monday, y, m, monday + 7);
}

/** As a day of the month; of the first week it may be one of the month before. */
const mondayOf = (now: Date): number => now.getDate() - ((now.getDay() + 6) % 7);

function chineseSpan(said: string, at: number, direction: Direction): Span | undefined {
  const relative = { 昨天: -1, 今天: 0, 今日: 0, 今晚: 0, 明天: 1, 明日: 1, 后天: 2 }[said];
  if (relative !== undefined) return daysFrom(at, relative);
  const [, which, number] =
    /^(下下|下|这|本|這)?个?(?:周|星期|礼拜|週)([一二三四五六日天])$/u.exec(said) ?? [];
  if (number)
    return chineseWeekday(which, '日一二三四五六'.indexOf(number.replace('天', '日')), at, direction);
  const unit = /^(下|这|本|這)?个?(周|星期|礼拜|月|年)(底|初)?$/u.exec(
    said.replace('明年', '下年').replace('今年', '本年'),
  );
  if (unit) {
    const name = { 月: 'month', 年: 'year' }[unit[2] ?? ''] ?? 'week';
    const whole = unitSpan(`${unit[1] === '下' ? 'next ' : ''}${name}`, at);
    return whole && (unit[3] ? edgeOf(whole, unit[3] === '底') : whole);
  }
  const [, year, m, d, edge] =
    /^(\d{4}年|今年|明年)?([\d一二三四五六七八九十]{1,3})月(?:([\d一二三四五六七八九十]{1,3})[日号號]|(底|初))?$/u.exec(
      said,
    ) ?? [];
  if (!m) return undefined;
  const thisYear = new Date(at).getFullYear();
  const inYear =
    { 今年: thisYear, 明年: thisYear + 1 }[year ?? ''] ?? (year ? Number.parseInt(year, 10) : undefined);
  const span = dated(
    at,
    direction,
    hanValue(m) - 1,
    d === undefined ? undefined : hanValue(d),
    inYear?.toString(),
  );
  return span && edge ? edgeOf(span, edge === '底') : span;
}

/** 下周一 is next week's Monday, whatever today is. */
function chineseWeekday(
  which: string | undefined,
  day: number,
  at: number,
  direction: Direction,
): Span | undefined {
  if (which === undefined) return weekdayOf(day, at, direction);
  const weeks = { 下: 1, 下下: 2 }[which] ?? 0;
  const now = new Date(at);
  const monday = mondayOf(now) + 7 * weeks;
  return dayOf(now.getFullYear(), now.getMonth(), monday + ((day + 6) % 7));
}

/** Up to 99: 十五, 二十一. */
function hanValue(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const digit = (one: string): number => ' 一二三四五六七八九'.indexOf(one);
  const [, tens, ones] = /^([一二三四五六七八九]?)十([一二三四五六七八九]?)$/u.exec(text) ?? [];
  if (tens === undefined) return digit(text);
  return (tens ? digit(tens) : 1) * 10 + (ones ? digit(ones) : 0);
}

/** The next one, or the last; today is neither. */
function weekdayOf(day: number, at: number, direction: Direction): Span {
  const today = new Date(at).getDay();
  const ahead = (day - today + 7) % 7 || 7;
  return daysFrom(at, direction === 'ahead' ? ahead : ahead - 7 || -7);
}

function dayOfMonth(at: number, direction: Direction, day: number): Span | undefined {
  if (day < 1 || day > 31) return undefined;
  const now = new Date(at);
  const passed = direction === 'ahead' ? day < now.getDate() : day > now.getDate();
  const step = passed ? (direction === 'ahead' ? 1 : -1) : 0;
  return dayOf(now.getFullYear(), now.getMonth() + step, day);
}

/** A date without a year is the next one, or the last; one that is under way or today is this one. */
function dated(
  at: number,
  direction: Direction,
  inMonth: number,
  day: number | undefined,
  year: string | undefined,
): Span | undefined {
  if (inMonth < 0 || inMonth > 11 || (day !== undefined && (day < 1 || day > 31))) return undefined;
  const span = (y: number): Span =>
    day === undefined ? between(y, inMonth, 1, y, inMonth + 1, 1) : dayOf(y, inMonth, day);
  if (year !== undefined) return span(Number(year));
  const thisYear = new Date(at).getFullYear();
  const here = span(thisYear);
  if (direction === 'ahead') return here.to > at ? here : span(thisYear + 1);
  return here.from <= at ? here : span(thisYear - 1);
}

const edgeOf = (span: Span, isEnd: boolean): Span =>
  isEnd ? { from: span.to, to: span.to } : { from: span.from, to: span.from };

/** By the calendar: a day of the clocks' change has 23 hours. */
function between(y: number, m: number, d: number, y2: number, m2: number, d2: number): Span {
  return { from: new Date(y, m, d).getTime(), to: new Date(y2, m2, d2).getTime() };
}
const dayOf = (y: number, m: number, d: number): Span => between(y, m, d, y, m, d + 1);

function daysFrom(at: number, days: number): Span {
  const now = new Date(at);
  return dayOf(now.getFullYear(), now.getMonth(), now.getDate() + days);
}
