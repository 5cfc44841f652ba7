/** Text from tokens that come one by one: a character may need several of them. */

/** A whole character is at most four bytes, so at most four tokens. */
const mostTokensOfACharacter = 4;
const lookBack = 2;

export interface TokenText<T> {
  push(token: T): string;
  end(): string;
}

export function createTokenText<T>(
  textOf: (tokens: readonly T[], before: readonly T[]) => string,
): TokenText<T> {
  let pending: T[] = [];
  let before: T[] = [];
  const flush = (text: string): string => {
    before = [...before, ...pending].slice(-lookBack);
    pending = [];
    return text;
  };
  return {
    push(token) {
      pending.push(token);
      const text = textOf(pending, before);
      return text.endsWith('\uFFFD') && pending.length < mostTokensOfACharacter ? '' : flush(text);
    },
    end: () => (pending.length > 0 ? flush(textOf(pending, before)) : ''),
  };
}
