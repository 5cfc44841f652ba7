/**
 * An office of 30 people over two years, the same for the same seed: what each of them tells their memory and when, and
 * a thousand questions of which it is known what answers them, what used to, and whom they are none of the business of.
 */
import type { Person } from '@rockpool/protocol/people';
import { type Chance, chanceFrom } from './chance.ts';
import { chineseLife } from './chinese-life.ts';
import { englishLife } from './english-life.ts';
import type { Life, Topic } from './life.ts';

export type Language = 'en' | 'zh';

export interface Told {
  teller: Person;
  scope: 'mine' | 'office';
  /** As it is said: with "Remember that …" when it is said in a conversation. */
  said: string;
  at: number;
  /** Of one conversation: a correction is said in that of what it corrects. */
  session: string;
  /** The matter, the same for whoever tells it; null: nobody asks for it. */
  matter: string | null;
  value: string;
}

export const kinds = {
  unchanged: 'never changed',
  changed: 'changed over time',
  disagreeing: 'person and office disagree',
  others: "only in another's memory",
  nobodys: 'of what nobody told',
  unrelated: 'about nothing in memory',
} as const;
export type Kind = keyof typeof kinds;

export interface Asked {
  asker: Person;
  question: string;
  language: Language;
  kind: Kind;
  /** What it asks for; null: nobody told. */
  matter: string | null;
}

export interface Office {
  people: Person[];
  /** In the order of time. */
  told: Told[];
  asked: Asked[];
  /** When the questions are asked: after all of it. */
  now: number;
}

export interface Size {
  people: number;
  /** What each tells, about. */
  each: number;
  questions: number;
}

export const wholeOffice: Size = { people: 30, each: 960, questions: 1_000 };
/** Of all kinds some: for a test. */
export const smallOffice: Size = { people: 6, each: 180, questions: 200 };
const begin = Date.UTC(2024, 0, 2);
const dayMs = 86_400_000;
const days = 730;

const lives = { en: englishLife, zh: chineseLife } as const;
/** Of each stock, how many of it a person has to do with; of the tools, machines and rooms of the office all are told. */
const dealsWith: Readonly<Record<string, number>> = {
  customer: 16,
  project: 9,
  colleague: 12,
  machine: 7,
  tool: 6,
};
/** Of those things that can change, how many do, and how often at most. */
const changing = 0.55;
const mostChanges = 3;
const toldAgain = 0.1;
const corrected = 0.08;
/** Of a person's own affairs, how many they speak of. */
const ownTold = 0.75;
/** Of the office's matters, how many someone has another idea of. */
const disagreed = 0.45;

/** One matter as one namespace hears of it. */
interface Thread {
  topic: Topic;
  it: string;
  matter: string;
  teller: Person;
  scope: 'mine' | 'office';
  language: Language;
}

/** Wordings: evaluation and tuning never ask in the same words. */
export interface Wording {
  seed: number;
  asks: 'even' | 'odd';
}
export const forEvaluation: Wording = { seed: 1, asks: 'even' };
export const forTuning: Wording = { seed: 2, asks: 'odd' };

export function makeOffice(size: Size = wholeOffice, { seed, asks }: Wording = forEvaluation): Office {
  const chance = chanceFrom(seed);
  const english = Math.ceil((size.people * 2) / 3);
  const names = [
    ...englishLife.people.slice(0, english),
    ...chineseLife.people.slice(0, size.people - english),
  ];
  const people = names.map(
    (name, i): Person => ({ id: i + 1, name, role: i === 0 ? 'admin' : 'member', createdAt: begin }),
  );
  const languageOf = ({ id }: Person): Language => (id <= english ? 'en' : 'zh');
  const admin = people[0] as Person;
  const told: Told[] = [];
  const threads: Thread[] = [];
  const tell = (thread: Thread): void => {
    threads.push(thread);
    told.push(...historyOf(thread, chance));
  };

  for (const teller of people) {
    const language = languageOf(teller);
    const life = lives[language];
    const own = { ...life.stocks };
    for (const [stock, count] of Object.entries(dealsWith))
      own[stock] = chance.some(life.stocks[stock] ?? [], count);
    const share = size.each / wholeOffice.each;
    for (const topic of life.mine) {
      const its =
        topic.about === undefined ? (chance.next() < ownTold ? [''] : []) : (own[topic.about] ?? []);
      for (const it of share < 1 && topic.about !== undefined
        ? its.slice(0, Math.ceil(its.length * share))
        : its)
        tell({
          topic,
          it,
          matter: `${language} ${topic.asks[0]} ${it || teller.name}`,
          teller,
          scope: 'mine',
          language,
        });
    }
    const soFar = told.filter((one) => one.teller === teller).length;
    told.push(...diaryOf(life, own, teller, Math.max(0, size.each - soFar), chance));
  }
  for (const language of ['en', 'zh'] as const) {
    const life = lives[language];
    const speakers = people.filter((person) => languageOf(person) === language);
    for (const topic of life.office) {
      for (const it of topic.about === undefined ? [''] : (life.stocks[topic.about] ?? [])) {
        const matter = `${language} ${topic.asks[0]} ${it}`;
        tell({ topic, it, matter, teller: admin, scope: 'office', language });
        if (speakers.length > 0 && chance.next() < disagreed)
          tell({ topic, it, matter, teller: chance.oneOf(speakers), scope: 'mine', language });
      }
    }
  }
  told.sort((a, b) => a.at - b.at);
  const asked = askAll({ people, told, threads, languageOf, count: size.questions, asks, chance });
  return { people, told, asked, now: begin + (days + 1) * dayMs };
}

/** First told, told again, put right at once, changed later. */
function historyOf({ topic, it, matter, teller, scope, language }: Thread, chance: Chance): Told[] {
  const life = lives[language];
  const stocks = it === '' ? life.stocks : { ...life.stocks, it: [it] };
  const changes = topic.changes && chance.next() < changing ? 1 + chance.below(mostChanges) : 0;
  const moments = Array.from({ length: changes + 1 }, () => chance.below(days)).sort((a, b) => a - b);
  const told: Told[] = [];
  let before: string | undefined;
  const say = (form: string, value: string, at: number, session = `${teller.id}-${matter}-${at}`): void => {
    const clause = fill(form, { ...stocks, v: [value] }, chance);
    const isCorrection = form === life.correction;
    const said =
      scope === 'office' || isCorrection
        ? clause
        : chance.oneOf(life.asksToRemember).replace('{said}', clause);
    told.push({ teller, scope, said, at, session, matter, value });
  };
  for (const [i, day] of moments.entries()) {
    const value = anotherThan(before, topic.value, life, chance);
    const at = begin + day * dayMs + i * 3_600_000 + chance.below(3_000_000);
    const forms = i === 0 ? topic.says : (topic.changes ?? []);
    // The last word of it is the value, so that it can be put right by the value alone.
    const plain = forms.find((form) => /(?:\bis|是)(?: now)? ?\{v\}$/u.test(form));
    if (scope === 'mine' && plain !== undefined && chance.next() < corrected) {
      const wrong = anotherThan(value, topic.value, life, chance);
      const session = `${teller.id}-${matter}-${at}`;
      say(plain, wrong, at, session);
      say(life.correction, value, at + 60_000, session);
    } else say(chance.oneOf(forms), value, at);
    if (i === changes && chance.next() < toldAgain)
      say(chance.oneOf(topic.says), value, at + 90_000 + chance.below(9 * dayMs));
    before = value;
  }
  return told;
}

function diaryOf(life: Life, stocks: Life['stocks'], teller: Person, count: number, chance: Chance): Told[] {
  return Array.from({ length: count }, () => {
    const at = begin + chance.below(days) * dayMs + chance.below(dayMs / 2);
    const said = chance
      .oneOf(life.asksToRemember)
      .replace('{said}', fill(chance.oneOf(life.diary), stocks, chance));
    return { teller, scope: 'mine', said, at, session: `${teller.id}-diary-${at}`, matter: null, value: '' };
  });
}

interface Asking {
  people: readonly Person[];
  told: readonly Told[];
  threads: readonly Thread[];
  languageOf(person: Person): Language;
  count: number;
  asks: Wording['asks'];
  chance: Chance;
}

function askAll({ people, told, threads, languageOf, count, asks, chance }: Asking): Asked[] {
  const values = new Map<string, Set<string>>();
  const byNamespace = (matter: string, who: number): string => `${who} ${matter}`;
  for (const { matter, teller, scope, value } of told) {
    if (matter === null) continue;
    const key = byNamespace(matter, scope === 'office' ? 0 : teller.id);
    values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  const valuesOf = (matter: string, who: number): ReadonlySet<string> | undefined =>
    values.get(byNamespace(matter, who));
  const question = (topic: Topic, it: string): string => {
    return chance.oneOf(inTurn(topic.asks, asks)).replace('{it}', it);
  };
  const of = (thread: Thread, asker: Person, kind: Kind): Asked => ({
    ...{ asker, kind, language: thread.language, matter: thread.matter },
    question: question(thread.topic, thread.it),
  });
  const anyone = (language: Language): Person[] => people.filter((person) => languageOf(person) === language);

  const answerable = threads.flatMap((thread): Asked[] => {
    const { matter, scope, teller, language } = thread;
    const own = valuesOf(matter, teller.id);
    const office = valuesOf(matter, 0);
    if (scope === 'mine') {
      if (own && office) return [of(thread, teller, 'disagreeing')];
      return [of(thread, teller, (own?.size ?? 0) > 1 ? 'changed' : 'unchanged')];
    }
    const askers = anyone(language).filter(({ id }) => !valuesOf(matter, id));
    if (askers.length === 0) return [];
    return chance
      .some(askers, 4)
      .map((asker) => of(thread, asker, (office?.size ?? 0) > 1 ? 'changed' : 'unchanged'));
  });
  const others = threads
    .filter(({ scope, matter }) => scope === 'mine' && !valuesOf(matter, 0))
    .flatMap((thread): Asked[] => {
      const { topic, it, language } = thread;
      // What is one's own has one's name in it: the same question of another is about another matter.
      const hasHeard = ({ id, name }: Person): boolean =>
        it === ''
          ? valuesOf(`${language} ${topic.asks[0]} ${name}`, id) !== undefined
          : threads.some((one) => one.teller.id === id && one.scope === 'mine' && one.it === it);
      const strangers = anyone(language).filter((person) => person !== thread.teller && !hasHeard(person));
      return strangers.length === 0 ? [] : [of(thread, chance.oneOf(strangers), 'others')];
    });
  const nobodys = (['en', 'zh'] as const).flatMap((language) => {
    const life = lives[language];
    return [...life.mine, ...life.office].flatMap((topic): Asked[] => {
      const { about } = topic;
      const its =
        about === undefined ? [] : (life.stocks[`stranger${about[0]?.toUpperCase()}${about.slice(1)}`] ?? []);
      return its.flatMap((it) =>
        chance.some(anyone(language), 1).map((asker) => ({
          ...{ asker, language, kind: 'nobodys' as const, matter: null },
          question: question(topic, it),
        })),
      );
    });
  });
  const unrelated = (['en', 'zh'] as const).flatMap((language) =>
    inTurn(lives[language].unrelated, asks).flatMap((text): Asked[] =>
      chance.some(anyone(language), 1).map((asker) => ({
        ...{ asker, language, kind: 'unrelated', matter: null },
        question: text,
      })),
    ),
  );
  const all = [...answerable, ...others, ...nobodys, ...unrelated];
  return (Object.keys(kinds) as Kind[]).flatMap((kind) =>
    chance.some(
      all.filter((one) => one.kind === kind),
      Math.round(shares[kind] * count),
    ),
  );
}

const inTurn = (those: readonly string[], places: Wording['asks']): string[] =>
  those.filter((_, i) => (i % 2 === 0) === (places === 'even'));

const shares: Record<Kind, number> = {
  ...{ unchanged: 0.3, changed: 0.38, disagreeing: 0.08, others: 0.1, nobodys: 0.115, unrelated: 0.025 },
};

function anotherThan(known: string | undefined, form: string, life: Life, chance: Chance): string {
  for (;;) {
    const value = fill(form, life.stocks, chance);
    if (value !== known) return value;
  }
}

/** Stocks may hold forms themselves. */
function fill(form: string, stocks: Life['stocks'], chance: Chance): string {
  const filled = form.replace(/\{(\w+)\}/gu, (_, name: string) => {
    const stock = stocks[name];
    if (!stock) throw new Error(`there is no stock of ${name}`);
    return chance.oneOf(stock);
  });
  return filled === form ? filled : fill(filled, stocks, chance);
}
