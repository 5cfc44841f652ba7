/** The piece of a text around what was searched for, with the hits marked. */

export interface SnippetPart {
  text: string;
  hit: boolean;
}

const maxChars = 160;
/** How much is shown before the first hit. */
const leadChars = 40;

const cjkRun = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+/gu;
const wordRun = /[\p{L}\p{N}\p{M}]+/gu;

interface Range {
  from: number;
  to: number;
}

export function snippet(text: string, typed: string): SnippetPart[] {
  const hits = findHits(text, typed);
  const { from, to } = windowAround(text, hits[0]);
  const parts: SnippetPart[] = [];
  let end = from;
  const add = (piece: string, hit: boolean): void => {
    if (piece) parts.push({ text: piece.replace(/\s+/gu, ' '), hit });
  };
  for (const hit of hits.filter((range) => range.from >= from && range.to <= to)) {
    add(text.slice(end, hit.from), false);
    add(text.slice(hit.from, hit.to), true);
    end = hit.to;
  }
  add(text.slice(end, to), false);
  const first = parts[0];
  const last = parts.at(-1);
  if (from > 0 && first) first.text = `…${first.text}`;
  if (to < text.length && last) last.text += '…';
  return parts;
}

/** Where the typed words stand, in order, without overlaps. */
function findHits(text: string, typed: string): Range[] {
  const runs = (typed.match(cjkRun) ?? []).map((run) => run.toLowerCase());
  const stems = new Set((typed.replace(cjkRun, ' ').match(wordRun) ?? []).map(stem));
  const ranges: Range[] = [];
  for (const run of runs) {
    const lower = text.toLowerCase();
    // Lower case may be longer than what it stands for (İ): then places would not fit.
    if (lower.length !== text.length) break;
    for (let at = lower.indexOf(run); at >= 0; at = lower.indexOf(run, at + run.length)) {
      ranges.push({ from: at, to: at + run.length });
    }
  }
  for (const word of text.matchAll(
    /[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]]+/gv,
  )) {
    if (stems.has(stem(word[0]))) ranges.push({ from: word.index, to: word.index + word[0].length });
  }
  return disjoint(ranges);
}

function disjoint(ranges: readonly Range[]): Range[] {
  const kept: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (range.from >= (kept.at(-1)?.to ?? 0)) kept.push(range);
  }
  return kept;
}

/** About what the index's own stemmer does to English endings: enough to mark "invoices" for "invoice". */
function stem(word: string): string {
  const plain = word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  if (plain.length < 4) return plain;
  return plain.replace(/(?:ies|ing|ed|es|s|e|y)$/u, '') || plain;
}

function windowAround(text: string, hit: Range | undefined): Range {
  if (text.length <= maxChars || !hit) return { from: 0, to: whole(text, Math.min(text.length, maxChars)) };
  const from = whole(text, Math.max(0, Math.min(hit.from - leadChars, text.length - maxChars)));
  const space = text.slice(from, hit.from).search(/\s/u);
  const start = from > 0 && space >= 0 && space < leadChars / 2 ? from + space + 1 : from;
  return { from: start, to: whole(text, Math.min(text.length, Math.max(start + maxChars, hit.to))) };
}

/** Never between the halves of a surrogate pair. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at);
