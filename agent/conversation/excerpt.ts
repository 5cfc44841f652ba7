/** The part of a long passage that a question is most likely about: whole sentences around the words they share. */
import { matchQuery } from '../host/words.ts';

const sentence = /[^.!?。!?;;\n]*(?:[.!?。!?;;]+["'”’」』)\]]*|\n|$)\s*/gu;

/**
 * `text` itself when it is short enough, else at most `maxChars` of it. No `…` where it was cut: with it the built-in
 * model answered 21 of 36 questions right, without it 36.
 */
export function excerpt(text: string, question: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const sentences = text.match(sentence)?.filter((part) => part !== '') ?? [];
  const scores = scoresOf(sentences, question);
  let { from, to } = { from: scores.indexOf(Math.max(...scores)), to: 0 };
  to = from + 1;
  let length = sentences[from]?.length ?? 0;
  if (length > maxChars) return cutTo(sentences[from] ?? '', maxChars);
  // Grows to the side that shares more with the question; what follows says more than what precedes.
  for (;;) {
    const before = sentences[from - 1];
    const after = sentences[to];
    const takesAfter = after !== undefined && length + after.length <= maxChars;
    const takesBefore = before !== undefined && length + before.length <= maxChars;
    if (!takesAfter && !takesBefore) break;
    if (takesAfter && (!takesBefore || (scores[to] ?? 0) >= (scores[from - 1] ?? 0))) {
      length += after.length;
      to += 1;
    } else {
      length += before?.length ?? 0;
      from -= 1;
    }
  }
  return sentences.slice(from, to).join('').trim();
}

/** How much of the question each sentence shares; a word that many of them hold tells little about any. */
function scoresOf(sentences: readonly string[], question: string): number[] {
  const plain = sentences.map((part) => part.normalize('NFKC').toLowerCase());
  const scores = plain.map(() => 0);
  for (const term of terms(question)) {
    const holders = plain.flatMap((part, i) => (part.includes(term) ? [i] : []));
    for (const i of holders) scores[i] = (scores[i] ?? 0) + 1 / holders.length;
  }
  return scores;
}

/** What is asked for: without the words that every question has; of a long word its beginning, for it may end otherwise. */
function terms(question: string): string[] {
  const match = matchQuery(question, { any: true }) ?? '';
  return [...match.matchAll(/"([^"]+)"/g)].map(([, term = '']) => term.toLowerCase().slice(0, 5));
}

function cutTo(text: string, maxChars: number): string {
  const end = /[\udc00-\udfff]/.test(text[maxChars - 1] ?? '') ? maxChars - 2 : maxChars - 1;
  return text.slice(0, Math.max(0, end)).trimEnd();
}
