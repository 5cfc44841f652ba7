/** What a question asks for, part by part, and which of it a fact holds: names by their letters, things by any word for them. */
import { matchQuery } from '../host/words.ts';
import { conceptsIn, stemOf } from './concepts.ts';
import { kept } from './kept.ts';

export interface QuestionPart {
  text: string;
  /** What it may be called otherwise; none: it is a name, or a word that only has itself. */
  concepts: ReadonlySet<number>;
  /** Words that it is made of, by their stems; none: it is looked for as it stands. */
  stems: readonly string[];
  /** More for what few hold; a name that nobody holds weighs most. */
  weight: number;
}

export interface Held {
  /** 0 to 1: of the parts. */
  part: number;
  /** 0 to 1: of what they weigh. */
  worth: number;
  names: ReadonlyMap<string, number>;
  /** Parts that are things, by their text. */
  concepts: readonly string[];
}

const han = /\p{Script=Han}/u;
/** Things say more about what is wanted than one of several names. */
const thingCounts = 1.5;
const thingWeighs = 3;

/** Verbs that say nothing of what is asked for: they differ between wordings of the same. */
const light = new Set(
  (
    'run go come stand lie take use need find make put want know happen get give show tell look like call long far many much ' +
    'often soon early late today still yet ever always usually normally currently actually exactly possible let keep set ' +
    'last latest recent person people until till since new old every week month day'
  )
    .split(' ')
    .map((word) => stemOf(word)),
);
/** In a name of two letters no such letter stands, or hardly ever. */
const unnamed =
  /[的了吗呢吧啊是在和与被把给对从到也都就还又很再我你您他她它们这那哪谁几请问有要会能着过得之为边该什么怎样用找跟去来说最内打输每几]/u;

export function questionParts(asked: string, among: readonly { text: string }[]): QuestionPart[] {
  const question = asked.normalize('NFKC').toLowerCase();
  const found = conceptsIn(question);
  const longestFirst = [...new Set(found.map(({ word }) => word))].sort((a, b) => b.length - a.length);
  const things = longestFirst.filter(
    (word, i) => !longestFirst.slice(0, i).some((longer) => longer.includes(word)),
  );
  const parts = things.map((text) => ({
    text,
    concepts: new Set(found.filter(({ word }) => text.includes(word)).map(({ concept }) => concept)),
    stems: han.test(text) ? [] : text.split(/[ -]/u).map((word) => stemOf(word)),
  }));
  const covered = new Set(parts.flatMap(({ stems }) => stems));
  const names = [...new Set([...termsOf(question), ...numbersOf(question)])].filter((term) =>
    han.test(term)
      ? !unnamed.test(term) && !things.some((thing) => overlaps(question, term, thing))
      : !covered.has(stemOf(term)) && !light.has(stemOf(term)),
  );
  const all = [
    ...parts,
    ...names.map((text) => ({
      text,
      concepts: new Set<number>(),
      stems: han.test(text) ? [] : [stemOf(text)],
    })),
    ...(self.test(question) ? [{ text: 'I', concepts: new Set<number>(), stems: [] }] : []),
  ];
  const texts = among.map(({ text }) => readingOf(text));
  return all.map((part) => {
    const holders = texts.filter((text) => holds(part, text)).length;
    return {
      ...part,
      weight: part.concepts.size > 0 ? thingWeighs : Math.log(1 + texts.length / (holders + 0.5)),
    };
  });
}

export function heldBy(parts: readonly QuestionPart[], text: string): Held {
  const reading = readingOf(text);
  const names = new Map<string, number>();
  const concepts: string[] = [];
  const sum = { parts: 0, all: 0, weight: 0, weights: 0 };
  for (const part of parts) {
    const isThing = part.concepts.size > 0;
    const counts = isThing ? thingCounts : 1;
    sum.all += counts;
    sum.weights += part.weight;
    if (!holds(part, reading) && !(isThing && [...part.concepts].some((one) => reading.concepts.has(one))))
      continue;
    sum.parts += counts;
    sum.weight += part.weight;
    if (isThing) concepts.push(part.text);
    else names.set(part.text, part.weight);
  }
  return { part: sum.parts / (sum.all || 1), worth: sum.weight / (sum.weights || 1), names, concepts };
}

interface Reading {
  text: string;
  stems: ReadonlySet<string>;
  concepts: ReadonlySet<number>;
  /** The stems of the words that stand for them. */
  ofConcepts: ReadonlySet<string>;
}

/** Latin letters without accents in a third of the time. */
const wordsOf = (plain: string): string[] =>
  plain.match(/^[ -~]*$/.test(plain) ? /[a-z0-9]+/g : /[\p{L}\p{N}]+/gu) ?? [];

const readingOf = kept((text: string): Reading => {
  const plain = text.normalize('NFKC').toLowerCase();
  const found = conceptsIn(text);
  return {
    text: plain,
    stems: new Set(wordsOf(plain).map((word) => stemOf(word))),
    concepts: new Set(found.map(({ concept }) => concept)),
    ofConcepts: new Set(found.flatMap(({ word }) => word.split(/[ -]/u).map((word) => stemOf(word)))),
  };
});

/** In that text the word is part of a thing that has other words too: "report" in "reports to". */
export const isOfConcept = (word: string, text: string): boolean =>
  readingOf(text).ofConcepts.has(stemOf(word));

/** What a fact speaks of. */
export const conceptsOf = (text: string): ReadonlySet<number> => readingOf(text).concepts;

/** "I" and "my" ask for what the person said of themselves. */
const self = /\b(?:i|my|me|mine|am)\b|我(?!们)/u;

function holds({ text, stems }: Pick<QuestionPart, 'text' | 'stems'>, reading: Reading): boolean {
  if (text === 'I') return self.test(reading.text);
  return stems.length > 0 ? stems.every((stem) => reading.stems.has(stem)) : reading.text.includes(text);
}

/** Also those of one digit, which the search leaves out: room 2 is not room 3. */
const numbersOf = (question: string): string[] => question.match(/[a-z0-9]*\d[a-z0-9]*/gu) ?? [];

/** The words that the search looks for: without those that every question has. */
const termsOf = (question: string): string[] =>
  (matchQuery(question, { any: true })?.split(' OR ') ?? []).map((term) => term.replace(/["*]/gu, ''));

/**
 * The same for texts that say the same in another order: "the code of the gate is 4471", "gate code: 4471". Names and
 * numbers keep theirs: who reports to whom is told by nothing else. Chinese is the same only letter for letter.
 */
export const sayingOf = kept((text: string): string => {
  const plain = text.normalize('NFKC');
  if (han.test(plain)) return plain.replace(/[^\p{L}\p{N}]+/gu, '');
  const named = plain.replace(/^\S+/u, '').match(/\p{Lu}[\p{L}\p{N}]*|\p{N}+/gu) ?? [];
  const words = plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const said = new Set(words.filter((word) => !articles.has(word)).map((word) => stemOf(word)));
  return `${[...said].sort().join(' ')}|${named.join(' ')}`;
});
const articles = new Set(['the', 'a', 'an', 'is', 'are', 'of', 's']);

/** Two runs of the question that share a letter. */
function overlaps(question: string, a: string, b: string): boolean {
  const from = question.indexOf(a);
  const other = question.indexOf(b);
  return from < other + b.length && other < from + a.length;
}
