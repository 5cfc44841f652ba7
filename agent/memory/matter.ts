/** Whether two facts tell the same matter of the same thing, however each is worded: both give a value of one kind, and speak of nothing else. */
import { conceptsIn, stemOf } from './concepts.ts';
import { kept } from './kept.ts';

const han = /\p{Script=Han}/u;

/**
 * What a value is recognised by where the wording differs: "hold" and "review" are where a project stands, "Percy Kilbride"
 * and "Jerome Marlowe" are persons.
 */
const englishKinds: readonly [string, RegExp][] = [
  ['weekday', /\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b/iu],
  [
    'date',
    /\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b\d{4}-\d\d-\d\d\b/iu,
  ],
  ['time', /\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(?:am|pm|o['’]clock)\b|\b(?:noon|midnight)\b/iu],
  ['amount', /\d[\d.,]*\s*(?:%|€|\$|£|\b(?:percent|euros?|dollars?|pounds?|thousand|million|k)\b)/iu],
  ['duration', /\d+\s*(?:minutes?|hours?|days?|weeks?|months?|years?)\b/iu],
  ['people', /\d+\s*(?:people|persons?|seats?|guests?)\b/iu],
  ['person', /(?:^|\s)\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}?\p{Ll}+)?\s+\p{Lu}\p{Ll}+/u],
  ['number', /\d{2,}/u],
];
/** It is, stands or went somewhere, or is in some state. */
const englishWhere =
  /\b(?:is|are|was|were|stands?|lies?|sits?|hangs?|kept|stored|find|lives?|living|flat|moved?|shipped|sent|go)\b(?:\s+(?!by\b)\S+){0,4}?\s+(?:in|on|at|under|behind|ahead|over|to|near|next|beside|opposite|for)\b/iu;

/** Things that are put somewhere are nowhere else. */
const placed = /\b(?:stands?|lies?|sits?|hangs?|kept|stored|find|moved)\b/iu;

const chineseKinds: readonly [string, RegExp][] = [
  ['weekday', /(?:周|星期|礼拜)[一二三四五六日天]/u],
  ['date', /[\d〇一二三四五六七八九十]+[年月]/u],
  ['time', /\d{1,2}[:：]\d\d|[\d一二三四五六七八九十两]+点(?!\d*个?折)/u],
  ['amount', /\d[\d.,]*\s*(?:%|元|块|欧|美元|万|个点|折)/u],
  ['duration', /\d+\s*(?:分钟|小时|天|周|个月|年)/u],
  ['people', /\d+\s*(?:个人|人|位|座)/u],
  [
    'person',
    /[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤康][\p{Script=Han}]{1,2}/u,
  ],
  ['number', /\d{2,}/u],
];
const chinesePlaced = /放在|搬到|移到|挪到|位置/u;
const chineseWhere = /放在|搬到|移到|挪到|位置|住在|家在|发到|寄到|送到|仓库在|[室厅楼间库房棚台区]里?$/u;

/** Nothing is left to compare of a longer text, and what two long texts share by chance grows. */
const comparedChars = 200;

/** It says of something what it is now, or how that changed, and tells no other event. */
const says = /\b(?:is|are|extended|prolonged|postponed|moved|changed|raised|lowered|renamed|replaced)\b/iu;
const chineseSays = /[是为]|现在|目前|[改换搬移挪调]|延长|延期|推迟|提前/u;
/** What a value is a value of, in so many words, says no more than the value does. */
const valueWords = /\b(?:numbers?|dates?|times?|days?|place|location|name)\b|位置|时间|日期|号码/giu;

/** What of a text is the same whatever it is compared with. */
interface Telling {
  isChinese: boolean;
  words: readonly { word: string; stem: string }[];
  stems: ReadonlySet<string>;
  concepts: ReadonlySet<number>;
  /** Without those that only say what its value is a value of. */
  besidesValue: readonly number[];
  values: readonly (readonly [kind: string, value: string])[];
  isWhere: boolean;
  isPlaced: boolean;
  says: boolean;
  persons: readonly string[];
}

const tellingOf = kept((text: string): Telling => {
  const isChinese = han.test(text);
  const words = wordsOf(text).map((word) => ({ word, stem: stemOf(word.toLowerCase()) }));
  const forms = isChinese ? chineseKinds : englishKinds;
  return {
    ...{ isChinese, words, stems: new Set(words.map(({ stem }) => stem)) },
    concepts: conceptIdsIn(text),
    besidesValue: [...conceptIdsIn(text.replace(valueWords, ' '))],
    values: forms.flatMap(([kind, form]) => {
      const value = kind === 'person' ? undefined : form.exec(text)?.[0];
      return value === undefined ? [] : [[kind, value] as const];
    }),
    isWhere: (isChinese ? chineseWhere : englishWhere).test(text),
    isPlaced: (isChinese ? chinesePlaced : placed).test(text),
    says: (isChinese ? chineseSays : says).test(text),
    persons: text.match(personsNamed) ?? [],
  };
});

/**
 * @param older what was so; @param newer what may be so now, of the same thing
 * @param thing what the question calls it and both hold
 * @returns whether the newer one is about what the older one was
 */
export function tellsSameMatter(older: string, newer: string, thing: readonly string[]): boolean {
  if (older.length > comparedChars || newer.length > comparedChars) return false;
  const was = tellingOf(older);
  const is = tellingOf(newer);
  const arePlaced = was.isPlaced && is.isPlaced;
  const things = new Set(thing.flatMap((one) => [...conceptIdsIn(one)]));
  const said = is.besidesValue.filter((concept) => !things.has(concept));
  // The cheapest first: most pairs end here.
  if (said.length > 0 && !arePlaced && !said.some((concept) => was.concepts.has(concept))) return false;
  const own = apart(newer, older);
  const kinds = kindsOf(own, newer, older);
  const both = [...kindsOf(apart(older, newer), older, newer)].filter((kind) => kinds.has(kind));
  if (both.length === 0 || (both[0] === 'person' && areSwapped(was.persons, is.persons))) return false;
  if (both[0] === 'where' && arePlaced) return true;
  if (said.length === 0) return !namesAnother(was, is, things) && (is.says || saysNoMore(own));
  return said.some((concept) => was.concepts.has(concept));
}

/** The newer calls its value a number, and the older calls its own a code: they are two of one thing. */
function namesAnother(was: Telling, is: Telling, things: ReadonlySet<number>): boolean {
  const called = [...is.concepts].filter(
    (concept) => !things.has(concept) && !is.besidesValue.includes(concept),
  );
  const calledBefore = [...was.concepts].filter((concept) => !things.has(concept));
  return called.length > 0 && calledBefore.length > 0 && !called.some((concept) => was.concepts.has(concept));
}

const personsNamed = /(?<![\p{L}\p{N}])\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}?\p{Ll}+)?\s+\p{Lu}\p{Ll}+/gu;

/** Of two persons each, the one that both name stands on the other side: whose manager Cosmo is, and who is his. */
function areSwapped(was: readonly string[], is: readonly string[]): boolean {
  const shared = was.find((name) => is.includes(name));
  return (
    shared !== undefined && was.length > 1 && is.length > 1 && (was[0] === shared) !== (is[0] === shared)
  );
}

const conceptIdsIn = kept(
  (text: string): ReadonlySet<number> => new Set(conceptsIn(text).map(({ concept }) => concept)),
);

/** Beside its value it only says that it is so now. */
const saysNoMore = (own: string): boolean =>
  !han.test(own) &&
  (own.match(/\p{L}{3,}/gu) ?? []).every((word) => /^\p{Lu}/u.test(word) || nowWords.test(word));
const nowWords = /^(?:now|today|from|every|each|instead|again|since|until|currently|the|and)$/u;

function kindsOf(own: string, whole: string, other: string): Set<string> {
  const { isChinese, values, isWhere } = tellingOf(whole);
  const forms = isChinese ? chineseKinds : englishKinds;
  const kinds = new Set(forms.filter(([, form]) => form.test(own)).map(([kind]) => kind));
  // 周五 and 周四 share a sign, and are two values nevertheless.
  for (const [kind, value] of values) if (!other.includes(value)) kinds.add(kind);
  // A number with its unit is no number like a code.
  if (kinds.size > 1) kinds.delete('number');
  if (kinds.size === 0 && isWhere) kinds.add('where');
  return kinds;
}

/** What stands in the one text and not in the other. */
function apart(text: string, other: string): string {
  const { isChinese, words } = tellingOf(text);
  if (isChinese) return withoutShared(text, other);
  const theirs = tellingOf(other).stems;
  return words.flatMap(({ word, stem }) => (theirs.has(stem) ? [] : word)).join(' ');
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}%€$£:.,'’-]*[\p{L}\p{N}%€$£]/gu) ?? [];

/** Chinese has no blanks: runs of two signs and more that both hold go, the longest first; numbers stay whole. */
function withoutShared(text: string, other: string): string {
  let left = text.replace(/[。！!.\s]+$/u, '');
  for (let length = Math.min(left.length, 12); length >= 2; length -= 1) {
    for (let from = 0; from + length <= left.length; from += 1) {
      const run = left.slice(from, from + length);
      if (/[\s\d]/u.test(run) || !other.includes(run)) continue;
      left = `${left.slice(0, from)} ${left.slice(from + length)}`;
    }
  }
  return left;
}
