/** A claim while it is typed: where it is wrong, in the page's own words. The device reads it again with its own parser. */
import { misfit } from '@rockpool/protocol/gf32';

const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const claimSymbols = 20;

export type ClaimState =
  | { state: 'empty' }
  | { state: 'good' }
  | { state: 'whole'; controller: string }
  | { state: 'short'; n: number }
  | { state: 'long'; n: number }
  | { state: 'letter'; letter: string }
  | { state: 'group'; n: number }
  | { state: 'mistyped' };

/** The same reading as `parseClaimText` of the protocol, without its schema library. */
export function claimState(typed: string): ClaimState {
  const text = typed.trim();
  if (text === '') return { state: 'empty' };
  const whole = wholeClaim(text);
  if (whole) return whole;
  const values = [...lettersOf(text)].map((symbol) => symbols.indexOf(symbol));
  const stray = values.indexOf(-1);
  if (stray !== -1) return { state: 'letter', letter: lettersOf(text).charAt(stray) };
  if (values.length !== claimSymbols) {
    return { state: values.length < claimSymbols ? 'short' : 'long', n: values.length };
  }
  const wrong = misfit(values);
  if (wrong === null) return { state: 'good' };
  return wrong === 'several' ? { state: 'mistyped' } : { state: 'group', n: Math.floor(wrong.place / 5) + 1 };
}

/** Groups of five behind `RP-`; a file's or a QR code's text is left as it is. */
export function formatClaim(typed: string): string {
  if (/^\s*(?:\{|ROCKPOOL)/i.test(typed)) return typed;
  // Two letters may be the RP that stands before every claim, or become it.
  if (/^\s*(?:r\s*p?)?\s*$/i.test(typed)) return typed.trim().toUpperCase();
  return `RP-${
    lettersOf(typed)
      .match(/.{1,5}/gu)
      ?.join('-') ?? ''
  }`;
}

/** The text of a claim file, or the line of its QR code: only whether it holds together; null when it is neither. */
function wholeClaim(text: string): ClaimState | null {
  if (text.startsWith('{')) return ofParts(fieldsOf(text));
  const line = /^ROCKPOOL\d+\s+(\S+)\s+(\S+)\s+(\S+)$/.exec(text);
  return line ? ofParts({ claim: line[1], controller: line[3] }) : null;
}

function ofParts({ claim, controller }: { claim?: unknown; controller?: unknown }): ClaimState {
  if (typeof claim !== 'string' || typeof controller !== 'string' || !URL.canParse(controller)) {
    return { state: 'mistyped' };
  }
  const { state } = claimState(claim);
  return state === 'good' ? { state: 'whole', controller: new URL(controller).host } : { state: 'mistyped' };
}

function fieldsOf(text: string): { claim?: unknown; controller?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // cut short, or no file of ours: told as mistyped
  }
}

function lettersOf(typed: string): string {
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\p{Pd}\p{Zs}\s]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  if (/^\s*RP[\p{Pd}\p{Zs}\s]/iu.test(typed)) return letters.slice(2);
  // R and P are symbols too: a code that was typed without its RP may begin with them.
  return letters.length === claimSymbols ? letters : letters.replace(/^RP/, '');
}
