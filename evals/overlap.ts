/** How much of a text also stands in another: the words in a row that both have. */

/** Six words in a row, or ten Chinese characters, hardly ever fall together by chance. */
const wordsInARow = 6;
const charactersInARow = 10;

/** Every sequence of that length, without capitals and punctuation; none of a shorter text. */
export function sequences(text: string): string[] {
  const runs = text
    .normalize('NFKC')
    .toLowerCase()
    .match(/\p{Script=Han}[\p{Script=Han}\p{P}\s]*|[^\p{Script=Han}]+/gu);
  return (runs ?? []).flatMap((run) =>
    /^\p{Script=Han}/u.test(run)
      ? inARow(run.match(/\p{Script=Han}/gu) ?? [], charactersInARow, '')
      : inARow(run.match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? [], wordsInARow, ' '),
  );
}

function inARow(pieces: readonly string[], length: number, between: string): string[] {
  return pieces.slice(length - 1).map((_, i) => pieces.slice(i, i + length).join(between));
}

/**
 * The texts that stand in the corpus: at least half of their sequences do. Fewer are a frame that half the questions of
 * this world have in common ("What is the name of the …").
 */
export function standingIn(corpus: Iterable<string>, texts: Iterable<string>): Map<string, string[]> {
  const owners = new Map<string, Set<string>>();
  for (const text of texts) {
    for (const sequence of sequences(text)) {
      owners.set(sequence, (owners.get(sequence) ?? new Set()).add(text));
    }
  }
  const shared = new Map<string, Set<string>>();
  for (const sequence of [...corpus].flatMap((each) => sequences(each))) {
    for (const text of owners.get(sequence) ?? []) {
      shared.set(text, (shared.get(text) ?? new Set()).add(sequence));
    }
  }
  const most = [...shared].filter(([text, found]) => 2 * found.size >= new Set(sequences(text)).size);
  return new Map(most.map(([text, found]) => [text, [...found]]));
}
