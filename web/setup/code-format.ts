/** The label's code while it is typed: capitals and the dash come by themselves, and what it can't hold is told. */

/** As on the label; see signing/setup-code.ts. */
const symbols = /^[2-9A-HJKMNP-Z]$/;
export const codeLetters = 8;

/** @param typed what the field holds, pasted text and full-width letters too */
export function formatCode(typed: string): string {
  const letters = lettersOf(typed).slice(0, codeLetters);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

export type CodeFault = { key: 'code.short' } | { key: 'code.letter'; letter: string };

export function codeFault(typed: string): CodeFault | null {
  const letters = lettersOf(typed);
  const stray = [...letters].find((letter) => !symbols.test(letter));
  if (stray) return { key: 'code.letter', letter: stray };
  return letters.length === codeLetters ? null : { key: 'code.short' };
}

const lettersOf = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** `#code=7KQM-2XWR`, as a label's QR code links to it. */
export const codeInHash = (hash: string): string =>
  formatCode(new URLSearchParams(hash.slice(1)).get('code') ?? '');
