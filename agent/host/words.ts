/** Words for FTS5: its tokenizer takes a Chinese sentence for one word, so CJK text is written and asked for in bigrams. */

/** Letters of the scripts that are written without spaces, or whose words only bigrams find (Hangul). */
const cjk =
  /[[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script_Extensions=Hangul}\p{Script_Extensions=Bopomofo}]&&[\p{L}\p{N}\p{M}]]+/gv;
/** A word as typed, with what joins its pieces: `e-mail`, `v2.3.1`, `don’t`. */
const typedWord = /[\p{L}\p{N}\p{M}\p{Co}]+(?:['’._@:/-][\p{L}\p{N}\p{M}\p{Co}]+)*/gu;
const piece = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** What a question is made of without being about it. Whole typed words; the ending after an apostrophe is cut first. */
const english = new Set(
  (
    'a about above after again all also am an and any are aren as at be because been before being below between both but by ' +
    'can cannot could couldn did didn do does doesn doing don down during each few for from further get give had hadn has ' +
    'hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself just let me ' +
    'more most my myself no nor not now of off on once only or other our ours ourselves out over own please same shall ' +
    'she should shouldn so some such tell than that the their theirs them themselves then there these they this those ' +
    'through to too under until up us very was wasn we were weren what when where which while who whom whose why will ' +
    'with won would wouldn you your yours yourself yourselves'
  ).split(' '),
);

/** Longest first, so that 为什么 is seen before 什么. Characters they cover count as said, not as asked for. */
const chinese =
  /为什么|為什麼|有没有|有沒有|能不能|是不是|可不可以|怎么样|怎麼樣|告诉|告訴|什么|什麼|甚麼|怎么|怎麼|怎样|怎樣|如何|多少|哪里|哪裡|哪儿|哪些|哪个|哪個|请问|請問|我们|我們|你们|你們|他们|他們|她们|它们|咱们|您们|这个|這個|那个|那個|这些|這些|那些|这里|這裡|那里|那裡|一下|一个|一個|可以|是否|关于|關於|以及|还是|還是|或者|因为|因為|所以|但是|如果|就是|不是|没有|沒有|的|了|吗|嗎|呢|吧|啊|呀|嘛|么|麼|是|在|和|与|與|及|或|把|被|给|給|对|對|从|從|到|也|都|就|还|還|又|很|再|我|你|您|他|她|它|们|們|这|這|那|哪|谁|誰|几|幾|请|請|问|問|有|要|会|會|能|吧|着|著|过|過|得|地|之|为|為/g;

/** Terms beyond these add time, not meaning; FTS5 also limits how long an expression may be. */
const maxTerms = 64;
/** Where those terms are looked for: a message of its greatest length would take a tenth of a second. */
const askedChars = 4_000;

/**
 * `text` as it is written to an FTS5 table: every CJK character begins a word of two, the last of a run stands alone.
 * So any two characters are found as a word, a longer run as a phrase, and a single character as the beginning of a word.
 */
export function indexText(text: string): string {
  return text.normalize('NFKC').replace(cjk, (run) => ` ${bigrams([...run], true).join(' ')} `);
}

/**
 * A MATCH expression for what a person typed, or null when nothing in it can be looked for. Never a syntax error.
 * All of it must be there, as typed; with `any`, a question's words count one by one and its stop words not at all.
 */
export function matchQuery(text: string, { any = false }: { any?: boolean } = {}): string | null {
  const terms = new Set<string>();
  for (const word of text.slice(0, askedChars).normalize('NFKC').matchAll(typedWord)) {
    for (const term of any ? anyTerms(word[0]) : allTerms(word[0])) {
      if (terms.size < maxTerms) terms.add(term);
    }
  }
  return terms.size === 0 ? null : [...terms].join(any ? ' OR ' : ' AND ');
}

function allTerms(word: string): string[] {
  return scripts(word).map((run) => {
    if (!run.cjk) return quote(run.text.match(piece) ?? []);
    const characters = [...run.text];
    return characters.length === 1 ? `${quote(characters)}*` : quote(bigrams(characters, false));
  });
}

function anyTerms(word: string): string[] {
  const terms: string[] = [];
  for (const run of scripts(word)) {
    if (run.cjk) terms.push(...askedBigrams(run.text));
    else for (const part of askedPieces(run.text)) terms.push(quote([part]));
  }
  return terms;
}

function askedPieces(text: string): string[] {
  const word = text.replace(/['’](?:s|t|d|m|re|ve|ll)$/iu, '');
  return (word.match(piece) ?? []).filter((part) => !english.has(part.toLowerCase()));
}

/**
 * Bigrams of a run, but for those that lie wholly within stop words: 的护 stays, 我的 goes.
 * A character with only stop words around it counts alone as well: 猫在哪里.
 */
function askedBigrams(run: string): string[] {
  const characters = [...run];
  const asked = characters.map(() => true);
  const at = codePointOffsets(run);
  for (const stop of run.matchAll(chinese)) {
    for (let i = 0; i < stop[0].length; i += 1) asked[at[stop.index + i] ?? 0] = false;
  }
  const pairs = bigrams(characters, false).filter((_, i) => asked[i] || asked[i + 1]);
  const alone = characters.filter((_, i) => asked[i] && !asked[i - 1] && !asked[i + 1]);
  return [...pairs.map((pair) => quote([pair])), ...alone.map((character) => `${quote([character])}*`)];
}

/** For each UTF-16 unit of `text`, the place of its character among the characters. */
function codePointOffsets(text: string): number[] {
  return [...text].flatMap((character, i) => Array.from({ length: character.length }, () => i));
}

function bigrams(characters: readonly string[], withLast: boolean): string[] {
  const pairs = characters.slice(0, -1).map((character, i) => character + characters[i + 1]);
  const last = characters.at(-1);
  return withLast && last !== undefined ? [...pairs, last] : pairs;
}

/** `LDAP配置` is two runs; what joins pieces stays inside its run. */
function scripts(word: string): { text: string; cjk: boolean }[] {
  const runs: { text: string; cjk: boolean }[] = [];
  let end = 0;
  const between = (text: string): void => {
    if (/[\p{L}\p{N}\p{M}\p{Co}]/u.test(text)) runs.push({ text, cjk: false });
  };
  for (const run of word.matchAll(cjk)) {
    between(word.slice(end, run.index));
    runs.push({ text: run[0], cjk: true });
    end = run.index + run[0].length;
  }
  between(word.slice(end));
  return runs;
}

/** Letters, digits and marks only, so there is nothing to escape. */
const quote = (words: readonly string[]): string => `"${words.join(' ')}"`;
