import { claimSecretSymbols, formClaimCode, parseClaimText } from '@rockpool/protocol/claim';
import { Refusal } from '@rockpool/protocol/refusal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimState, formatClaim } from './claim-check.ts';

const code = fc
  .array(fc.integer({ min: 0, max: 31 }), { minLength: claimSecretSymbols, maxLength: claimSecretSymbols })
  .map(formClaimCode);
const pin = `sha256/${'A'.repeat(43)}=`;
const controller = 'https://fleet.example:8443';

/** The device's own word. */
function parses(text: string): boolean {
  try {
    parseClaimText(text);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
const passes = (text: string): boolean => ['good', 'whole'].includes(claimState(text).state);

test('the page takes what the device takes, in every form in which a claim is given', () => {
  fc.assert(
    fc.property(code, (claim) => {
      const whole = { version: 1, controller, pin, claim };
      for (const text of [
        ...[
          claim,
          claim.toLowerCase(),
          claim.replace('RP-', ''),
          claim.replaceAll('-', ' '),
          claim.replaceAll('-', ''),
        ],
        ...[` ${claim} `, claim.replaceAll('0', 'o').replaceAll('1', 'l'), claim.replaceAll('-', '–')],
        ...[JSON.stringify(whole), JSON.stringify(whole, null, 2), `ROCKPOOL1 ${claim} ${pin} ${controller}`],
      ]) {
        expect([text, passes(text), parses(text)]).toEqual([text, true, true]);
      }
    }),
  );
});

test('one wrong symbol is seen by both, and the page names its group', () => {
  fc.assert(
    fc.property(code, fc.nat(19), fc.integer({ min: 1, max: 31 }), (claim, place, by) => {
      const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
      const letters = [...claim.replace(/^RP|-/g, '')];
      letters[place] = symbols.charAt((symbols.indexOf(letters[place] ?? '') + by) % 32);
      const wrong = `RP-${letters.join('')}`;
      expect(parses(wrong)).toBe(false);
      expect(claimState(wrong)).toEqual({ state: 'group', n: Math.floor(place / 5) + 1 });
    }),
  );
});

test('what is no claim is one to neither', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(passes(text)).toBe(parses(text));
    }),
  );
  for (const text of ['{', '{}', 'null', '{"claim":7}', 'ROCKPOOL1 a b c', 'ROCKPOOL1', 'RP-', '[]']) {
    expect([text, passes(text), parses(text)]).toEqual([text, false, false]);
  }
});

test('typed letter by letter it becomes itself, with the groups in place', () => {
  fc.assert(
    fc.property(code, fc.constantFrom('with', 'without'), (claim, prefix) => {
      const typed = claim
        .toLowerCase()
        .replaceAll('-', '')
        .slice(prefix === 'with' ? 0 : 2);
      // Without it, a code that begins with RP can't be told from one that has its RP.
      fc.pre(prefix === 'with' || !/^r/.test(typed));
      let field = '';
      for (const letter of typed) field = formatClaim(field + letter);
      expect(field).toBe(claim);
      expect(formatClaim(claim)).toBe(claim);
    }),
  );
});

test('while it is typed the page says how far it is, and which letter can not be', () => {
  expect(claimState(' ')).toEqual({ state: 'empty' });
  expect(claimState('RP-12345-6')).toEqual({ state: 'short', n: 6 });
  expect(claimState('RP-12345-67890-12345-678')).toEqual({ state: 'short', n: 18 });
  expect(claimState('RP-U2345')).toEqual({ state: 'letter', letter: 'U' });
  expect(claimState('认领')).toEqual({ state: 'letter', letter: '认' });
});
